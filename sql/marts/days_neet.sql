-- Days NEET: people, mean and median. Three windows: the open spell at a month
-- end (NEETStartDate to the month end, both counted), the first six months (1
-- September to the end of February) and the academic year (to 31 August); in the
-- windows, days count from 1 September at the earliest, the last day excluded.
-- neet_now and ever_neet_in_window are residence-based (lead authority ours,
-- cohort status P, academic age in the band) on what the return says. at_risk_leavers is
-- education-based: at-risk leavers of Year 11 of our schools in the months after,
-- whatever their age, with a record at 31 October; its band is none.
-- The means are over people with at least one NEET day; mean_days_all is over
-- everybody of the population. A window not yet over counts the days so far.
-- grain: period, population, spell_window, age_band
-- column period: Month of an open spell; academic year of a window.
-- column population: neet_now, NEET at the (window's last) month end; ever_neet_in_window, everybody of the cohort in the window; at_risk_leavers.
-- column spell_window: open_spell, first_six_months or academic_year.
-- column age_band: 16, 17, 16-17, 18 or 16-18; none for at_risk_leavers.
-- column academic_year: Academic year of the period.
-- column population_count: Everybody of the population.
-- column people_count: People with at least one NEET day.
-- column total_days: Their days together.
-- column mean_days: Mean days of people with at least one; null when there are none.
-- column median_days: Median days of the same.
-- column mean_days_all: Days ÷ everybody of the population.
-- column transition_count: People whose last spell began from July to December after Year 11, no EET since; null for at_risk_leavers.
-- column churn_count: People whose last spell followed an EET activity.
-- column core_count: People whose last spell has 182 days or more (wins over the others).
-- column other_spell_count: People whose last spell is none of these.
-- column is_complete: The window is over and its last month delivered.
-- column missing_reason: no_cohort where the means are null; else null.
-- column as_at: Knowledge date of the build.
-- accepted population: neet_now, ever_neet_in_window, at_risk_leavers
-- accepted spell_window: open_spell, first_six_months, academic_year
-- not_null: academic_year, people_count, population_count, is_complete
-- export: internal
with

residents as (

    select
        windows.period,
        populations.population,
        windows.spell_window,
        bands.age_band,
        windows.days_neet,
        windows.spell_kind

    from intermediate.int_neet_windows as windows
    inner join ref.age_bands as bands
        on windows.academic_age between bands.min_age and bands.max_age
    inner join (
        values ('neet_now'), ('ever_neet_in_window')
    ) as populations (population)
        on populations.population = 'neet_now' and windows.is_neet_now
        or populations.population = 'ever_neet_in_window'
        and windows.spell_window <> 'open_spell'

),

at_risk as (

    select
        years.academic_year as period,
        'at_risk_leavers' as population,
        'first_six_months' as spell_window,
        'none' as age_band,
        leavers.neet_days as days_neet,
        cast(null as varchar(100)) as spell_kind

    from intermediate.int_school_leavers as leavers
    inner join ref.months as years
        on leavers.leaving_year * 12 + 9 = years.month_no
    where leavers.is_at_risk
        and leavers.roll_rank = 1
        and leavers.october_group is not null

),

measured as (

    select * from residents
    union all
    select * from at_risk

),

ranked as (

    select
        *,
        row_number() over (
            partition by
                period, population, spell_window, age_band,
                case when days_neet > 0 then 1 else 0 end
            order by days_neet nulls last
        ) as day_rank,
        count(*) over (
            partition by
                period, population, spell_window, age_band,
                case when days_neet > 0 then 1 else 0 end
        ) as ranked_count

    from measured

),

summed as (

    select
        period,
        population,
        spell_window,
        age_band,
        count(*) as population_count,
        count(*) filter (where days_neet > 0) as people_count,
        cast(sum(days_neet) as bigint) as total_days,
        avg(cast(case when days_neet > 0 then days_neet end as double)) as mean_days,
        avg(cast(
            case
                when days_neet > 0
                    and day_rank * 2 between ranked_count and ranked_count + 2
                    then days_neet
            end as double
        )) as median_days,
        avg(cast(days_neet as double)) as mean_days_all,
        count(*) filter (where spell_kind = 'transition') as transition_count,
        count(*) filter (where spell_kind = 'churn') as churn_count,
        count(*) filter (where spell_kind = 'core') as core_count,
        count(*) filter (where spell_kind = 'other') as other_spell_count

    from ranked
    group by period, population, spell_window, age_band

),

delivered as (

    select max(month_end) as last_month_end
    from marts.neet_rates

),

-- The last month of each period, by which a window is over.
period_ends as (

    select
        period,
        'open_spell' as spell_window,
        academic_year,
        month_end
    from ref.months

    union all

    select
        academic_year as period,
        case when month_of_year = 8 then 'academic_year' else 'first_six_months' end
            as spell_window,
        academic_year,
        month_end
    from ref.months
    where month_of_year in (2, 8)

)

select
    summed.period,
    summed.population,
    summed.spell_window,
    summed.age_band,
    period_ends.academic_year,
    summed.population_count,
    summed.people_count,
    summed.total_days,
    summed.mean_days,
    summed.median_days,
    summed.mean_days_all,
    case when summed.population <> 'at_risk_leavers' then summed.transition_count end
        as transition_count,
    case when summed.population <> 'at_risk_leavers' then summed.churn_count end as churn_count,
    case when summed.population <> 'at_risk_leavers' then summed.core_count end as core_count,
    case when summed.population <> 'at_risk_leavers' then summed.other_spell_count end
        as other_spell_count,
    period_ends.month_end <= delivered.last_month_end as is_complete,
    case when summed.people_count = 0 then 'no_cohort' end as missing_reason,
    build.as_at

from summed
inner join period_ends
    on summed.period = period_ends.period
    and summed.spell_window = period_ends.spell_window
cross join delivered
cross join ref.build as build
