-- Who was NEET, who came and who went must account for who is NEET; otherwise
-- somebody flowed twice or not at all.
select
    month_end,
    age_band,
    basis

from marts.neet_flows
where previous_neet_count is not null
    and neet_count <> previous_neet_count
        + joiners_count + entered_cohort_neet
        - leavers_count - left_cohort_neet
