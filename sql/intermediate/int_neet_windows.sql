-- Days NEET of each person in each window: the open spell at a month end, and
-- the days between 1 September and the end of February (first_six_months) or 31
-- August (academic_year). Days run from the first day of the spell, at the
-- earliest the first of the window, to the first day after it, at the latest the
-- day after the window; an open spell counts the month end itself and runs from
-- the NEETStartDate that the month's record holds.
-- Residence-based, on what the statutory return says. Everybody of the cohort at
-- a month end of a window has a row, those without a NEET day too; open spells
-- have rows for the NEET only.
-- The kind is that of the last spell in the window: core from 182 days on
-- (ref.settings core_spell_days); transition, when it began from July to December
-- of the year of Year 11 with no EET since; churn, when an EET activity came
-- before it; other.
-- grain: person_id, spell_window, period
-- column person_id: Id of the young person in the caseload system.
-- column spell_window: open_spell, first_six_months or academic_year.
-- column period: Month of an open spell, academic year of a window.
-- column academic_age: Academic age in the year.
-- column days_neet: Days NEET in the window.
-- column is_neet_now: NEET at the window's last month end; false where that is not delivered.
-- column spell_kind: transition, churn, core or other; null without a NEET day.
-- accepted spell_window: open_spell, first_six_months, academic_year
-- accepted spell_kind: transition, churn, core, other
-- not_null: days_neet, is_neet_now, academic_age
with

cohort as (

    select
        months.person_id,
        months.month_no,
        months.month_end,
        months.academic_age,
        months.headline_group,
        coalesce(months.neet_start_date, months.start_date) as neet_since,
        cast(floor(cast(months.month_no - 9 as double) / 12) as bigint) as start_year

    from intermediate.int_caseload_months as months
    where months.is_in_cohort
        and months.academic_age >= 16
        and months.headline_group <> 'EXCLUDED'

),

core_days as (

    select cast(value as bigint) as core_days
    from ref.settings
    where name = 'core_spell_days'

),

first_learning as (

    select person_id, min(month_end) as first_eet_on
    from cohort
    where headline_group = 'EET'
    group by person_id

),

-- A person has one academic age in a year. The half year counts those of its
-- own month ends.
person_years as (

    select
        person_id,
        start_year,
        academic_age,
        min(month_no) as first_month_no,
        bool_or(headline_group = 'NEET' and month_no = start_year * 12 + 14)
            as is_neet_in_february,
        bool_or(headline_group = 'NEET' and month_no = start_year * 12 + 20)
            as is_neet_in_august

    from cohort
    group by person_id, start_year, academic_age

),

years as (

    select
        calendar_year as start_year,
        academic_year,
        academic_year_start as year_start,
        academic_year_end as year_end

    from ref.months
    where month_of_year = 9

),

windows as (

    select
        person_years.person_id,
        'academic_year' as spell_window,
        years.academic_year,
        person_years.academic_age,
        years.year_start as window_start,
        cast(years.year_end + interval '1' day as date) as window_end,
        person_years.is_neet_in_august as is_neet_now

    from person_years
    inner join years on person_years.start_year = years.start_year

    union all

    select
        person_years.person_id,
        'first_six_months' as spell_window,
        years.academic_year,
        person_years.academic_age,
        years.year_start as window_start,
        cast(years.year_start + interval '6' month as date) as window_end,
        person_years.is_neet_in_february as is_neet_now

    from person_years
    inner join years on person_years.start_year = years.start_year
    where person_years.first_month_no <= person_years.start_year * 12 + 14

),

spell_parts as (

    select
        windows.person_id,
        windows.spell_window,
        windows.academic_year,
        spells.spell_no,
        spells.started_on,
        case when spells.started_on > windows.window_start then spells.started_on
            else windows.window_start
        end as part_start,
        case
            when coalesce(spells.ended_on, cast(spells.last_month_end + interval '1' day as date))
                < windows.window_end
                then coalesce(spells.ended_on, cast(spells.last_month_end + interval '1' day as date))
            else windows.window_end
        end as part_end

    from windows
    inner join intermediate.int_neet_spells as spells
        on windows.person_id = spells.person_id
        and spells.started_on < windows.window_end
        and coalesce(spells.ended_on, cast(spells.last_month_end + interval '1' day as date))
            > windows.window_start

),

window_days as (

    select
        person_id,
        spell_window,
        academic_year,
        cast(sum(days_between(part_start, part_end)) as bigint) as days_neet,
        max(started_on) as last_started_on,
        max(part_end) as last_end

    from spell_parts
    where part_start < part_end
    group by person_id, spell_window, academic_year

),

measured as (

    select
        windows.person_id,
        windows.spell_window,
        windows.academic_year as period,
        windows.academic_age,
        windows.window_start as year_start,
        coalesce(window_days.days_neet, 0) as days_neet,
        coalesce(windows.is_neet_now, false) as is_neet_now,
        window_days.last_started_on as started_on,
        window_days.last_end as counted_until

    from windows
    left join window_days
        on windows.person_id = window_days.person_id
        and windows.spell_window = window_days.spell_window
        and windows.academic_year = window_days.academic_year

    union all

    select
        cohort.person_id,
        'open_spell' as spell_window,
        calendar.period,
        cohort.academic_age,
        calendar.academic_year_start as year_start,
        days_between(cohort.neet_since, cohort.month_end) + 1 as days_neet,
        true as is_neet_now,
        cohort.neet_since as started_on,
        cast(cohort.month_end + interval '1' day as date) as counted_until

    from cohort
    inner join ref.months as calendar
        on cohort.month_end = calendar.month_end
    where cohort.headline_group = 'NEET'

)

select
    measured.person_id,
    measured.spell_window,
    measured.period,
    measured.academic_age,
    measured.days_neet,
    measured.is_neet_now,
    case
        when measured.started_on is null then null
        when days_between(measured.started_on, measured.counted_until) >= core_days.core_days
            then 'core'
        when first_learning.first_eet_on < measured.started_on then 'churn'
        when extract(month from measured.started_on) between 7 and 12
            and extract(year from measured.started_on)
                = extract(year from measured.year_start) - (measured.academic_age - 16)
            then 'transition'
        else 'other'
    end as spell_kind

from measured
cross join core_days
left join first_learning
    on measured.person_id = first_learning.person_id
