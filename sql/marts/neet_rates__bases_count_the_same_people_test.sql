-- Both bases judge the same people; they may differ only in who sits in custody
-- outside the cohort.
select
    recorded.month_end,
    recorded.age_band

from marts.neet_rates as recorded
left join marts.neet_rates as resolved
    on recorded.month_end = resolved.month_end
    and recorded.age_band = resolved.age_band
    and resolved.basis = 'resolved'
where recorded.basis = 'recorded'
    and recorded.cohort_count + recorded.excluded_count
        is distinct from resolved.cohort_count + resolved.excluded_count
