-- The gap between the wards with the highest and the lowest rate at each month
-- end, in percentage points, with the two wards named.
-- Residence-based. Wards whose cohort is below the minimum (ref.settings
-- minimum_cohort) and the rows unknown and outside take no part. Where wards
-- tie, the first by name is named and the ties column counts all that share the
-- value. The change is on the same month of the year before, because year
-- groups and lapses make neighbouring months differ; it is null where other
-- boundaries were in force then, or where there was no gap to compare with.
-- grain: month_end, age_band, basis, measure, boundary_version
-- export: internal
-- column month_end: Last day of the month.
-- column age_band: Academic ages counted: 16, 17, 16-17, 18 or 16-18.
-- column basis: recorded, what the statutory return says; resolved, caseload and matched lists together.
-- column measure: neet, not_known or combined.
-- column boundary_version: Version of the ward boundaries; compare only rows of one version.
-- column highest_ward: Ward with the highest rate.
-- column highest_percent: Its rate, per cent.
-- column highest_ties: Number of wards that share the highest rate, the named one included.
-- column lowest_ward: Ward with the lowest rate.
-- column lowest_percent: Its rate, per cent.
-- column lowest_ties: Number of wards that share the lowest rate, the named one included.
-- column gap_points: Highest less lowest, percentage points; null when fewer than two wards count.
-- column change_points: Gap less the gap of the same month a year before, percentage points.
-- column wards_counted: Wards whose cohort reaches the minimum.
-- column minimum_cohort: Smallest cohort of the band with which a ward takes part.
-- column missing_reason: no_cohort where no gap can be formed; else null.
-- column as_at: Knowledge date of the build.
-- column is_in_force: The boundary version is in force at the month end.
-- accepted basis: recorded, resolved
-- accepted measure: neet, not_known, combined
with

minimum as (

    select cast(value as bigint) as minimum_cohort
    from ref.settings
    where name = 'minimum_cohort'

),

measured as (

    select
        month_end, age_band, basis, 'neet' as measure, boundary_version,
        is_in_force, ward_name, cohort_count, neet_percent as rate
    from marts.ward_rates
    where is_ward

    union all

    select
        month_end, age_band, basis, 'not_known' as measure, boundary_version,
        is_in_force, ward_name, cohort_count, not_known_percent as rate
    from marts.ward_rates
    where is_ward

    union all

    select
        month_end, age_band, basis, 'combined' as measure, boundary_version,
        is_in_force, ward_name, cohort_count, combined_percent as rate
    from marts.ward_rates
    where is_ward

),

ranked as (

    select
        measured.month_end,
        measured.age_band,
        measured.basis,
        measured.measure,
        measured.boundary_version,
        measured.ward_name,
        measured.rate,
        rank() over (
            partition by
                measured.month_end, measured.age_band, measured.basis,
                measured.measure, measured.boundary_version
            order by q9(measured.rate) desc nulls last
        ) as rank_from_highest,
        rank() over (
            partition by
                measured.month_end, measured.age_band, measured.basis,
                measured.measure, measured.boundary_version
            order by q9(measured.rate) nulls last
        ) as rank_from_lowest

    from measured
    inner join minimum on measured.cohort_count >= minimum.minimum_cohort
    where measured.rate is not null

),

extremes as (

    select
        month_end,
        age_band,
        basis,
        measure,
        boundary_version,
        min(case when rank_from_highest = 1 then ward_name end) as highest_ward,
        max(rate) as highest_percent,
        count(*) filter (where rank_from_highest = 1) as highest_ties,
        min(case when rank_from_lowest = 1 then ward_name end) as lowest_ward,
        min(rate) as lowest_percent,
        count(*) filter (where rank_from_lowest = 1) as lowest_ties,
        count(*) as wards_counted

    from ranked
    group by month_end, age_band, basis, measure, boundary_version

),

groups as (

    select distinct
        month_end,
        age_band,
        basis,
        measure,
        boundary_version,
        is_in_force

    from measured

),

versions_in_force as (

    select distinct
        month_end,
        boundary_version

    from measured
    where is_in_force

),

gaps as (

    select
        groups.month_end,
        month_no(groups.month_end) as month_no,
        groups.age_band,
        groups.basis,
        groups.measure,
        groups.boundary_version,
        groups.is_in_force,
        versions_in_force.boundary_version as version_in_force,
        extremes.highest_ward,
        extremes.highest_percent,
        coalesce(extremes.highest_ties, 0) as highest_ties,
        extremes.lowest_ward,
        extremes.lowest_percent,
        coalesce(extremes.lowest_ties, 0) as lowest_ties,
        case
            when extremes.wards_counted >= 2
                then extremes.highest_percent - extremes.lowest_percent
        end as gap_points,
        coalesce(extremes.wards_counted, 0) as wards_counted

    from groups
    left join versions_in_force
        on groups.month_end = versions_in_force.month_end
    left join extremes
        on groups.month_end = extremes.month_end
        and groups.age_band = extremes.age_band
        and groups.basis = extremes.basis
        and groups.measure = extremes.measure
        and groups.boundary_version = extremes.boundary_version

)

select
    gaps.month_end,
    gaps.age_band,
    gaps.basis,
    gaps.measure,
    gaps.boundary_version,
    gaps.highest_ward,
    gaps.highest_percent,
    gaps.highest_ties,
    gaps.lowest_ward,
    gaps.lowest_percent,
    gaps.lowest_ties,
    gaps.gap_points,
    gaps.gap_points - year_before.gap_points as change_points,
    gaps.wards_counted,
    minimum.minimum_cohort,
    case when gaps.gap_points is null then 'no_cohort' end as missing_reason,
    build.as_at,
    gaps.is_in_force

from gaps
left join gaps as year_before
    on gaps.month_no - 12 = year_before.month_no
    and gaps.age_band = year_before.age_band
    and gaps.basis = year_before.basis
    and gaps.measure = year_before.measure
    and gaps.boundary_version = year_before.boundary_version
    and gaps.version_in_force = year_before.version_in_force
cross join minimum
cross join ref.build as build
