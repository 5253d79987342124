-- Wards by their NEET rate over an academic year, the worst first: ages 16-18,
-- on what the statutory return says, boundaries in force at each month end.
-- Residence-based. The rate is the sum of NEET over the sum of cohorts of the
-- months so far, so that a ward does not lead for one bad month. In the year
-- that changes boundaries the wards of each version are ranked among
-- themselves, over the months in which they were in force. Every ward is
-- ranked, however small; cohort_sum and months_counted show how small.
-- grain: academic_year, ward_code
-- column academic_year: Academic year, 2020/21.
-- column boundary_version: Version of the ward boundaries (ref.boundary_versions).
-- column ward_code: GSS code of the ward.
-- column ward_name: Name of the ward.
-- column months_counted: Month ends of the year that have a caseload, boundaries in force.
-- column months_in_top: Of these, month ends at which the ward's rate was among the highest (ref.settings hotspot_top_wards, 5), ties included.
-- column neet_sum: NEET summed over the month ends.
-- column cohort_sum: Cohort summed over the month ends.
-- column neet_percent: NEET sum ÷ cohort sum, per cent; null when nobody lived there.
-- column borough_share_percent: Share of the borough's NEET sum over the same month ends, unknown and outside addresses included in the whole, per cent.
-- column rank_worst: 1 is the highest rate of the year and version, ties take the lowest number.
-- column rank_best: 1 is the lowest rate of the year and version, ties take the lowest number.
-- column tie_count: Wards that share the rate, this one included.
-- column wards_ranked: Wards of the version that have a rate.
-- column target_percent: Target of the ward, else of all wards (ref.targets); null when none is set.
-- column distance_points: Rate less target, percentage points; above zero the target is missed.
-- column missing_reason: no_cohort where the rate is null; else null.
-- column as_at: Knowledge date of the build.
with

in_force as (

    select
        months.academic_year,
        rates.month_end,
        rates.boundary_version,
        rates.ward_code,
        rates.ward_name,
        rates.is_ward,
        rates.neet_count,
        rates.cohort_count,
        rates.neet_percent

    from marts.ward_rates as rates
    inner join ref.months as months
        on rates.month_end = months.month_end
    where rates.age_band = '16-18'
        and rates.basis = 'recorded'
        and rates.is_in_force

),

month_ranks as (

    select
        month_end,
        ward_code,
        rank() over (
            partition by month_end
            order by q9(neet_percent) desc nulls last
        ) as month_rank

    from in_force
    where is_ward and neet_percent is not null

),

top_wards as (

    select cast(value as bigint) as top_wards
    from ref.settings
    where name = 'hotspot_top_wards'

),

borough as (

    select
        academic_year,
        boundary_version,
        cast(sum(neet_count) as bigint) as neet_sum

    from in_force
    group by academic_year, boundary_version

),

summed as (

    select
        in_force.academic_year,
        in_force.boundary_version,
        in_force.ward_code,
        in_force.ward_name,
        count(*) as months_counted,
        count(*) filter (where month_ranks.month_rank <= top_wards.top_wards)
            as months_in_top,
        cast(sum(in_force.neet_count) as bigint) as neet_sum,
        cast(sum(in_force.cohort_count) as bigint) as cohort_sum

    from in_force
    cross join top_wards
    left join month_ranks
        on in_force.month_end = month_ranks.month_end
        and in_force.ward_code = month_ranks.ward_code
    where in_force.is_ward
    group by
        in_force.academic_year,
        in_force.boundary_version,
        in_force.ward_code,
        in_force.ward_name

),

rated as (

    select
        *,
        percent_of(neet_sum, cohort_sum) as neet_percent

    from summed

),

ranked as (

    select
        academic_year,
        boundary_version,
        ward_code,
        rank() over (
            partition by academic_year, boundary_version
            order by q9(neet_percent) desc nulls last
        ) as rank_worst,
        rank() over (
            partition by academic_year, boundary_version
            order by q9(neet_percent) nulls last
        ) as rank_best,
        count(*) over (
            partition by academic_year, boundary_version, q9(neet_percent)
        ) as tie_count,
        count(*) over (partition by academic_year, boundary_version) as wards_ranked

    from rated
    where neet_percent is not null

),

targets as (

    select academic_year, ward_code, min(target_percent) as target_percent
    from ref.targets
    where measure = 'neet' and age_band = '16-18'
    group by academic_year, ward_code

),

aimed as (

    select
        rated.*,
        coalesce(own_targets.target_percent, common_targets.target_percent)
            as target_percent

    from rated
    left join targets as own_targets
        on rated.academic_year = own_targets.academic_year
        and rated.ward_code = own_targets.ward_code
    left join targets as common_targets
        on rated.academic_year = common_targets.academic_year
        and common_targets.ward_code = 'all'

)

select
    aimed.academic_year,
    aimed.boundary_version,
    aimed.ward_code,
    aimed.ward_name,
    aimed.months_counted,
    aimed.months_in_top,
    aimed.neet_sum,
    aimed.cohort_sum,
    aimed.neet_percent,
    percent_of(aimed.neet_sum, borough.neet_sum) as borough_share_percent,
    cast(ranked.rank_worst as bigint) as rank_worst,
    cast(ranked.rank_best as bigint) as rank_best,
    ranked.tie_count,
    coalesce(ranked.wards_ranked, 0) as wards_ranked,
    aimed.target_percent,
    aimed.neet_percent - aimed.target_percent as distance_points,
    case when aimed.neet_percent is null then 'no_cohort' end as missing_reason,
    build.as_at

from aimed
inner join borough
    on aimed.academic_year = borough.academic_year
    and aimed.boundary_version = borough.boundary_version
left join ranked
    on aimed.academic_year = ranked.academic_year
    and aimed.ward_code = ranked.ward_code
cross join ref.build as build
