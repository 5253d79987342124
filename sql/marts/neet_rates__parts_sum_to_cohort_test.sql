-- Everybody in the cohort is in exactly one headline group, and the lapsed are
-- among the not known: otherwise somebody is counted twice or lost.
select
    month_end,
    age_band,
    basis

from marts.neet_rates
where cohort_count <> eet_count + neet_count + not_known_count + other_count
    or lapsed_count > not_known_count
    or participating_count > cohort_count
