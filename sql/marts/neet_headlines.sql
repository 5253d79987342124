-- The figures that a year is known by: the December to February average that
-- DfE publishes, quarters, annual means and the March participation.
-- Residence-based. Every value is a ratio of sums over the months of its
-- period, never a mean of rates. It is null while a month of the period has no
-- caseload; the sums so far and their number of months stand beside it.
-- grain: academic_year, age_band, basis, measure, period_kind, period
-- export: internal
-- column academic_year: Academic year, 2020/21.
-- column age_band: Academic ages counted: 16, 17, 16-17, 18 or 16-18.
-- column basis: recorded, what the statutory return says; resolved, caseload and matched lists together.
-- column measure: neet, not_known, combined, eet or participation.
-- column period_kind: three_month (December to February), quarter, quarters_2_to_4 (December to August), annual_mean (September to August), annual_mean_without_september, or month (March, participation only).
-- column period: Month 2021-03, quarter 2020/21-Q2, else the academic year.
-- column numerator: Sum of the measure's counts over the months.
-- column denominator: Sum of the cohorts over the months.
-- column average_numerator: Mean count of a month.
-- column average_denominator: Mean cohort of a month.
-- column months_counted: Months of the period that have a caseload.
-- column value_percent: Numerator ÷ denominator, per cent; null when a month is missing or the cohort is empty.
-- column missing_reason: not_collected when a month is missing, no_cohort when the cohort is empty; else null.
-- column as_at: Knowledge date of the build.
-- accepted basis: recorded, resolved
-- accepted measure: neet, not_known, combined, eet, participation
-- accepted period_kind: month, quarter, quarters_2_to_4, three_month, annual_mean, annual_mean_without_september
with

rates as (

    select
        months.academic_year,
        months.quarter,
        months.period as month_period,
        months.month_of_year,
        rates.age_band,
        rates.basis,
        rates.cohort_count,
        rates.neet_count,
        rates.not_known_count,
        rates.eet_count,
        rates.participating_count

    from marts.neet_rates as rates
    inner join ref.months as months
        on rates.month_end = months.month_end

),

measured as (

    select
        academic_year, quarter, month_period, month_of_year, age_band, basis,
        'neet' as measure, neet_count as measure_count, cohort_count
    from rates

    union all

    select
        academic_year, quarter, month_period, month_of_year, age_band, basis,
        'not_known' as measure, not_known_count as measure_count, cohort_count
    from rates

    union all

    select
        academic_year, quarter, month_period, month_of_year, age_band, basis,
        'combined' as measure, neet_count + not_known_count as measure_count, cohort_count
    from rates

    union all

    select
        academic_year, quarter, month_period, month_of_year, age_band, basis,
        'eet' as measure, eet_count as measure_count, cohort_count
    from rates

    union all

    select
        academic_year, quarter, month_period, month_of_year, age_band, basis,
        'participation' as measure, participating_count as measure_count, cohort_count
    from rates

),

in_periods as (

    select
        academic_year, age_band, basis, measure, measure_count, cohort_count,
        'three_month' as period_kind, academic_year as period, 3 as months_wanted
    from measured
    where month_of_year in (12, 1, 2)

    union all

    select
        academic_year, age_band, basis, measure, measure_count, cohort_count,
        'quarter' as period_kind, quarter as period, 3 as months_wanted
    from measured

    union all

    select
        academic_year, age_band, basis, measure, measure_count, cohort_count,
        'quarters_2_to_4' as period_kind, academic_year as period, 9 as months_wanted
    from measured
    where month_of_year not in (9, 10, 11)

    union all

    select
        academic_year, age_band, basis, measure, measure_count, cohort_count,
        'annual_mean' as period_kind, academic_year as period, 12 as months_wanted
    from measured

    union all

    select
        academic_year, age_band, basis, measure, measure_count, cohort_count,
        'annual_mean_without_september' as period_kind,
        academic_year as period, 11 as months_wanted
    from measured
    where month_of_year <> 9

    union all

    select
        academic_year, age_band, basis, measure, measure_count, cohort_count,
        'month' as period_kind, month_period as period, 1 as months_wanted
    from measured
    where month_of_year = 3 and measure = 'participation'

),

summed as (

    select
        academic_year,
        age_band,
        basis,
        measure,
        period_kind,
        period,
        months_wanted,
        cast(sum(measure_count) as bigint) as numerator,
        cast(sum(cohort_count) as bigint) as denominator,
        count(*) as months_counted

    from in_periods
    group by
        academic_year,
        age_band,
        basis,
        measure,
        period_kind,
        period,
        months_wanted

)

select
    summed.academic_year,
    summed.age_band,
    summed.basis,
    summed.measure,
    summed.period_kind,
    summed.period,
    summed.numerator,
    summed.denominator,
    cast(summed.numerator as double) / nullif(summed.months_counted, 0)
        as average_numerator,
    cast(summed.denominator as double) / nullif(summed.months_counted, 0)
        as average_denominator,
    summed.months_counted,
    case
        when summed.months_counted = summed.months_wanted
            then percent_of(summed.numerator, summed.denominator)
    end as value_percent,
    case
        when summed.months_counted < summed.months_wanted then 'not_collected'
        when summed.denominator = 0 then 'no_cohort'
    end as missing_reason,
    build.as_at

from summed
cross join ref.build as build
