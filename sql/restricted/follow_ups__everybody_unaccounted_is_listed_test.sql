-- Nobody NEET or not known at the last month end is missing from the list, as long
-- as the reference data has their reason.
select latest.person_id

from intermediate.int_latest_records as latest
left join restricted.follow_ups as follow_ups
    on latest.person_id = follow_ups.person_id
where latest.recorded_group in ('NEET', 'NOT_KNOWN')
    and follow_ups.person_id is null
    and (select count(*) from ref.follow_up_priority) >= 12
