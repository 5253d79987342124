-- Everybody of a group counts in exactly one part, and both bases count the same
-- people.
select
    groups.month_end,
    groups.group_name,
    groups.basis

from marts.vulnerable_groups as groups
inner join marts.vulnerable_groups as recorded
    on groups.month_end = recorded.month_end
    and groups.group_name = recorded.group_name
    and recorded.basis = 'recorded'
where groups.eet_count + groups.neet_count + groups.other_count + groups.not_known_count
    <> groups.cohort_count
    or groups.cohort_count + groups.excluded_count
    <> recorded.cohort_count + recorded.excluded_count
