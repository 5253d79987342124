-- Nobody can be NEET for more days than the window has, and a mean over
-- everybody is never above the mean over those with a NEET day.
select
    period,
    population,
    spell_window,
    age_band

from marts.days_neet
where people_count > population_count
    or spell_window = 'first_six_months' and mean_days > 182
    or spell_window = 'academic_year' and mean_days > 366
    or q9(mean_days_all) > q9(mean_days)
    or population <> 'at_risk_leavers'
    and transition_count + churn_count + core_count + other_spell_count <> people_count
