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

populations (population, wants_neet_now) as (

    values
        ('neet_now', true),
        ('ever_neet_in_window', false)

),

everybody as (

    select
        people.period,
        people.spell_window,
        people.academic_age,
        people.is_neet_now,
        count(*) as people_count

    from intermediate.int_neet_windows as people
    group by people.period, people.spell_window, people.academic_age, people.is_neet_now

),

at_risk as (

    select
        years.academic_year as period,
        leavers.neet_days as days_neet

    from intermediate.int_school_leavers as leavers
    inner join ref.months as years
        on leavers.leaving_year * 12 + 9 = years.month_no
    where leavers.is_at_risk
        and leavers.roll_rank = 1
        and leavers.october_group is not null

),

population_sizes as (

    select
        everybody.period,
        populations.population,
        everybody.spell_window,
        bands.age_band,
        cast(sum(everybody.people_count) as bigint) as population_count

    from everybody
    inner join ref.age_bands as bands
        on everybody.academic_age between bands.min_age and bands.max_age
    cross join populations
    where populations.wants_neet_now and everybody.is_neet_now
        or not populations.wants_neet_now and everybody.spell_window <> 'open_spell'
    group by
        everybody.period, populations.population, everybody.spell_window, bands.age_band

    union all

    select
        period,
        'at_risk_leavers' as population,
        'first_six_months' as spell_window,
        'none' as age_band,
        count(*) as population_count

    from at_risk
    group by period

),

measured as (

    select
        people.period,
        populations.population,
        people.spell_window,
        bands.age_band,
        people.days_neet,
        people.spell_kind

    from intermediate.int_neet_windows as people
    inner join ref.age_bands as bands
        on people.academic_age between bands.min_age and bands.max_age
    cross join populations
    where people.days_neet > 0
        and (
            populations.wants_neet_now and people.is_neet_now
            or not populations.wants_neet_now and people.spell_window <> 'open_spell'
        )

    union all

    select
        period,
        'at_risk_leavers' as population,
        'first_six_months' as spell_window,
        'none' as age_band,
        days_neet,
        cast(null as varchar(100)) as spell_kind

    from at_risk
    where days_neet > 0

),

ranked as (

    select
        *,
        row_number() over (
            partition by period, population, spell_window, age_band
            order by days_neet nulls last
        ) as day_rank,
        count(*) over (
            partition by period, population, spell_window, age_band
        ) as ranked_count

    from measured

),

summed as (

    select
        period,
        population,
        spell_window,
        age_band,
        count(*) as people_count,
        cast(sum(days_neet) as bigint) as total_days,
        avg(cast(days_neet as double)) as mean_days,
        avg(cast(
            case
                when day_rank * 2 between ranked_count and ranked_count + 2
                    then days_neet
            end as double
        )) as median_days,
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
    sizes.period,
    sizes.population,
    sizes.spell_window,
    sizes.age_band,
    period_ends.academic_year,
    sizes.population_count,
    coalesce(summed.people_count, 0) as people_count,
    coalesce(summed.total_days, 0) as total_days,
    summed.mean_days,
    summed.median_days,
    cast(coalesce(summed.total_days, 0) as double) / nullif(sizes.population_count, 0)
        as mean_days_all,
    case when sizes.population <> 'at_risk_leavers' then coalesce(summed.transition_count, 0) end
        as transition_count,
    case when sizes.population <> 'at_risk_leavers' then coalesce(summed.churn_count, 0) end
        as churn_count,
    case when sizes.population <> 'at_risk_leavers' then coalesce(summed.core_count, 0) end
        as core_count,
    case when sizes.population <> 'at_risk_leavers' then coalesce(summed.other_spell_count, 0) end
        as other_spell_count,
    coalesce(period_ends.month_end <= delivered.last_month_end, false) as is_complete,
    case when summed.people_count is null then 'no_cohort' end as missing_reason,
    build.as_at

from population_sizes as sizes
left join summed
    on sizes.period = summed.period
    and sizes.population = summed.population
    and sizes.spell_window = summed.spell_window
    and sizes.age_band = summed.age_band
inner join period_ends
    on sizes.period = period_ends.period
    and sizes.spell_window = period_ends.spell_window
cross join delivered
cross join ref.build as build
