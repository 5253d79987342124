-- Where the record says whether it has lapsed, our currency rule should say
-- the same. The record counts; a rising number means that a code's currency or
-- the supplier's reckoning has changed.
-- severity: warn
select
    person_id,
    month_end

from intermediate.int_caseload_months
where is_lapsed_by_record is not null
    and is_lapsed_by_record <> is_lapsed_by_rule
    and activity_group <> 'NOT_KNOWN'
