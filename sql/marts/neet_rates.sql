-- What young residents do at each month end: counts and rates of the borough.
-- Residence-based: lead authority ours, cohort status P, academic age in the
-- band. Every month in whose caseload anybody of these ages stands has every
-- band and both bases.
-- grain: month_end, age_band, basis
-- column month_end: Last day of the month.
-- column age_band: Academic ages counted: 16, 17, 16-17, 18 or 16-18.
-- column basis: recorded, what the statutory return says; resolved, caseload and matched lists together.
-- column cohort_count: Residents of the band who count: EET + NEET + not known + other.
-- column eet_count: In education, employment with training, or training. Jobs without training are in other_count, so EET can rise while participation falls.
-- column neet_count: Not in education, employment or training.
-- column not_known_count: Activity not known, the lapsed included.
-- column lapsed_count: Part of not_known_count: the record had an activity that is no longer current.
-- column other_count: In work without regulated training.
-- column excluded_count: Young adults in custody, outside the cohort.
-- column participating_count: In education or training in the sense of the participation duty (RPA = P).
-- column eet_percent: EET ÷ cohort, per cent; null when the cohort is empty.
-- column neet_percent: NEET ÷ cohort, per cent; null when the cohort is empty.
-- column not_known_percent: Not known ÷ cohort, per cent; null when the cohort is empty.
-- column combined_percent: NEET or not known ÷ cohort, from counts, per cent; null when the cohort is empty.
-- column participating_percent: Participating ÷ cohort, per cent; null when the cohort is empty.
-- column missing_reason: no_cohort where the rates are null; else null.
-- column as_at: Knowledge date of the build.
-- accepted basis: recorded, resolved
-- export: internal
with

counts_by_age as (

    select
        month_end,
        basis,
        academic_age,
        count(*) filter (where headline_group <> 'EXCLUDED') as cohort_count,
        count(*) filter (where headline_group = 'EET') as eet_count,
        count(*) filter (where headline_group = 'NEET') as neet_count,
        count(*) filter (where headline_group = 'NOT_KNOWN') as not_known_count,
        count(*) filter (where is_lapsed) as lapsed_count,
        count(*) filter (where headline_group = 'OTHER') as other_count,
        count(*) filter (where headline_group = 'EXCLUDED') as excluded_count,
        count(*) filter (where is_participating) as participating_count

    from intermediate.int_statuses
    group by month_end, basis, academic_age

),

months as (

    select distinct month_end, basis
    from counts_by_age

),

counts_by_band as (

    select
        months.month_end,
        bands.age_band,
        months.basis,
        cast(coalesce(sum(counts_by_age.cohort_count), 0) as bigint) as cohort_count,
        cast(coalesce(sum(counts_by_age.eet_count), 0) as bigint) as eet_count,
        cast(coalesce(sum(counts_by_age.neet_count), 0) as bigint) as neet_count,
        cast(coalesce(sum(counts_by_age.not_known_count), 0) as bigint) as not_known_count,
        cast(coalesce(sum(counts_by_age.lapsed_count), 0) as bigint) as lapsed_count,
        cast(coalesce(sum(counts_by_age.other_count), 0) as bigint) as other_count,
        cast(coalesce(sum(counts_by_age.excluded_count), 0) as bigint) as excluded_count,
        cast(coalesce(sum(counts_by_age.participating_count), 0) as bigint) as participating_count

    from months
    cross join ref.age_bands as bands
    left join counts_by_age
        on months.month_end = counts_by_age.month_end
        and months.basis = counts_by_age.basis
        and counts_by_age.academic_age between bands.min_age and bands.max_age
    group by months.month_end, bands.age_band, months.basis

)

select
    counts_by_band.month_end,
    counts_by_band.age_band,
    counts_by_band.basis,
    counts_by_band.cohort_count,
    counts_by_band.eet_count,
    counts_by_band.neet_count,
    counts_by_band.not_known_count,
    counts_by_band.lapsed_count,
    counts_by_band.other_count,
    counts_by_band.excluded_count,
    counts_by_band.participating_count,
    percent_of(counts_by_band.eet_count, counts_by_band.cohort_count) as eet_percent,
    percent_of(counts_by_band.neet_count, counts_by_band.cohort_count) as neet_percent,
    percent_of(counts_by_band.not_known_count, counts_by_band.cohort_count) as not_known_percent,
    percent_of(counts_by_band.neet_count + counts_by_band.not_known_count, counts_by_band.cohort_count)
        as combined_percent,
    percent_of(counts_by_band.participating_count, counts_by_band.cohort_count) as participating_percent,
    case when counts_by_band.cohort_count = 0 then 'no_cohort' end as missing_reason,
    build.as_at

from counts_by_band
cross join ref.build as build
