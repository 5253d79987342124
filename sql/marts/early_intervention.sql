-- At-risk leavers of Year 11 whom advisers supported before they left, against
-- at-risk leavers without support: NEET on leaving, and days NEET in the first six
-- months. A difference is not called an effect: who is supported is not drawn by
-- lot. Education-based: pupils on our schools' rolls on 31 May; outcomes are what
-- the caseload recorded, so both groups leave out who has no record at 31 October.
-- At risk is the school's flag, else the risk scheme; supported is an intervention
-- before 31 August of Year 11; NEET on leaving is NEET at 31 October. Days are
-- those from 1 September to the end of February of people NEET at any time in it.
-- Proportions are compared by Newcombe's 95 % interval, days by a normal
-- approximation; a group below the minimum (ref.settings
-- early_intervention_minimum) is too few to say.
-- grain: leaving_year, risk_group
-- column leaving_year: Calendar year in which the pupils left Year 11.
-- column risk_group: all; school_flag, whom the school named; scheme, who reached the points of the risk scheme.
-- column comparison_year: Leaving year of the comparison group.
-- column at_risk_count: At-risk leavers of the year, with a record at 31 October or not.
-- column no_record_count: Part of at_risk_count: without a record at 31 October, in neither group.
-- column supported_count: Supported at-risk leavers with a record.
-- column comparison_count: At-risk leavers of the comparison year without support, with a record.
-- column supported_neet_count: Supported leavers NEET at 31 October.
-- column comparison_neet_count: Comparison leavers NEET at 31 October.
-- column supported_not_known_count: Supported leavers not known at 31 October.
-- column comparison_not_known_count: Comparison leavers not known at 31 October.
-- column supported_neet_percent: NEET ÷ supported leavers, per cent.
-- column comparison_neet_percent: NEET ÷ comparison leavers, per cent.
-- column difference_points: Supported less comparison, percentage points; negative is fewer NEET among the supported.
-- column difference_low_points: Lower end of the 95 % interval.
-- column difference_high_points: Upper end of the 95 % interval.
-- column neet_finding: lower, higher or no_clear_difference by the interval; too_few_to_say below the minimum.
-- column supported_days_count: Supported leavers with at least one NEET day in the first six months.
-- column comparison_days_count: Comparison leavers with at least one.
-- column supported_mean_days: Mean days NEET of these, supported.
-- column comparison_mean_days: Mean days NEET of these, comparison.
-- column difference_days: Supported less comparison, days.
-- column difference_low_days: Lower end of the 95 % interval; null below the minimum.
-- column difference_high_days: Upper end of the 95 % interval; null below the minimum.
-- column days_finding: lower, higher or no_clear_difference by the interval; too_few_to_say below the minimum.
-- column minimum_group: Smallest group of which anything is said.
-- column missing_reason: no_cohort where a rate is null; else null.
-- column as_at: Knowledge date of the build.
-- accepted risk_group: all, school_flag, scheme
-- accepted neet_finding: lower, higher, no_clear_difference, too_few_to_say
-- accepted days_finding: lower, higher, no_clear_difference, too_few_to_say
-- not_null: supported_count, comparison_count, comparison_year
-- export: internal
with

parameters as (

    select
        max(case when name = 'early_intervention_minimum' then cast(value as bigint) end)
            as minimum_group,
        max(case when name = 'early_intervention_comparison_year' then cast(value as bigint) end)
            as fixed_year

    from ref.settings
    where name in ('early_intervention_minimum', 'early_intervention_comparison_year')

),

at_risk as (

    select
        leaving_year, risk_basis as risk_group, is_supported, october_group, neet_days
    from intermediate.int_school_leavers
    where is_at_risk and roll_rank = 1

    union all

    select
        leaving_year, 'all' as risk_group, is_supported, october_group, neet_days
    from intermediate.int_school_leavers
    where is_at_risk and roll_rank = 1

),

-- A year takes part once the knowledge reaches its 31 October.
sides as (

    select
        at_risk.leaving_year,
        at_risk.risk_group,
        at_risk.is_supported,
        count(*) as at_risk_count,
        count(*) filter (where at_risk.october_group is null) as no_record_count,
        count(*) filter (where at_risk.october_group is not null) as people_count,
        count(*) filter (where at_risk.october_group = 'NEET') as neet_count,
        count(*) filter (where at_risk.october_group = 'NOT_KNOWN') as not_known_count,
        count(*) filter (where at_risk.october_group is not null and at_risk.neet_days > 0)
            as days_count,
        avg(cast(
            case when at_risk.october_group is not null and at_risk.neet_days > 0
                then at_risk.neet_days
            end as double
        )) as mean_days,
        stddev_samp(cast(
            case when at_risk.october_group is not null and at_risk.neet_days > 0
                then at_risk.neet_days
            end as double
        )) as spread_days

    from at_risk
    inner join ref.months as octobers
        on at_risk.leaving_year * 12 + 10 = octobers.month_no
    inner join ref.build as build
        on octobers.month_end <= build.as_at
    group by at_risk.leaving_year, at_risk.risk_group, at_risk.is_supported

),

years as (

    select
        sides.leaving_year,
        sides.risk_group,
        coalesce(parameters.fixed_year, sides.leaving_year) as comparison_year,
        cast(sum(sides.at_risk_count) as bigint) as at_risk_count,
        cast(sum(sides.no_record_count) as bigint) as no_record_count

    from sides
    cross join parameters
    group by sides.leaving_year, sides.risk_group, parameters.fixed_year

),

paired as (

    select
        years.leaving_year,
        years.risk_group,
        years.comparison_year,
        years.at_risk_count,
        years.no_record_count,
        coalesce(supported.people_count, 0) as s_count,
        coalesce(comparison.people_count, 0) as c_count,
        coalesce(supported.neet_count, 0) as s_neet,
        coalesce(comparison.neet_count, 0) as c_neet,
        coalesce(supported.not_known_count, 0) as s_not_known,
        coalesce(comparison.not_known_count, 0) as c_not_known,
        coalesce(supported.days_count, 0) as s_days_count,
        coalesce(comparison.days_count, 0) as c_days_count,
        supported.mean_days as s_mean,
        comparison.mean_days as c_mean,
        supported.spread_days as s_spread,
        comparison.spread_days as c_spread

    from years
    left join sides as supported
        on years.leaving_year = supported.leaving_year
        and years.risk_group = supported.risk_group
        and supported.is_supported
    left join sides as comparison
        on years.comparison_year = comparison.leaving_year
        and years.risk_group = comparison.risk_group
        and not comparison.is_supported

),

-- Wilson's interval of each proportion, with 1.959964 standard errors.
proportions as (

    select
        *,
        cast(s_neet as double) / nullif(s_count, 0) as s_share,
        cast(c_neet as double) / nullif(c_count, 0) as c_share,
        cast(s_neet + 1.920729440648 as double) / nullif(s_count + 3.841458881296, 0) as s_middle,
        cast(c_neet + 1.920729440648 as double) / nullif(c_count + 3.841458881296, 0) as c_middle

    from paired

),

wilson as (

    select
        *,
        1.959964 * sqrt(
            cast(s_count * s_share * (1 - s_share) + 0.960364720324 as double)
        ) / nullif(s_count + 3.841458881296, 0) as s_reach,
        1.959964 * sqrt(
            cast(c_count * c_share * (1 - c_share) + 0.960364720324 as double)
        ) / nullif(c_count + 3.841458881296, 0) as c_reach

    from proportions

),

bounds as (

    select
        *,
        100 * (s_share - c_share) as points,
        100 * (s_share - c_share) - 100 * sqrt(
            (s_share - s_middle + s_reach) * (s_share - s_middle + s_reach)
            + (c_middle + c_reach - c_share) * (c_middle + c_reach - c_share)
        ) as points_low,
        100 * (s_share - c_share) + 100 * sqrt(
            (s_middle + s_reach - s_share) * (s_middle + s_reach - s_share)
            + (c_share - c_middle + c_reach) * (c_share - c_middle + c_reach)
        ) as points_high,
        s_mean - c_mean as days,
        1.959964 * sqrt(
            cast(s_spread * s_spread as double) / nullif(s_days_count, 0)
            + cast(c_spread * c_spread as double) / nullif(c_days_count, 0)
        ) as days_reach

    from wilson

)

select
    bounds.leaving_year,
    bounds.risk_group,
    bounds.comparison_year,
    bounds.at_risk_count,
    bounds.no_record_count,
    bounds.s_count as supported_count,
    bounds.c_count as comparison_count,
    bounds.s_neet as supported_neet_count,
    bounds.c_neet as comparison_neet_count,
    bounds.s_not_known as supported_not_known_count,
    bounds.c_not_known as comparison_not_known_count,
    percent_of(bounds.s_neet, bounds.s_count) as supported_neet_percent,
    percent_of(bounds.c_neet, bounds.c_count) as comparison_neet_percent,
    bounds.points as difference_points,
    bounds.points_low as difference_low_points,
    bounds.points_high as difference_high_points,
    case
        when bounds.s_count < parameters.minimum_group
            or bounds.c_count < parameters.minimum_group
            then 'too_few_to_say'
        when q9(bounds.points_high) < 0 then 'lower'
        when q9(bounds.points_low) > 0 then 'higher'
        else 'no_clear_difference'
    end as neet_finding,
    bounds.s_days_count as supported_days_count,
    bounds.c_days_count as comparison_days_count,
    bounds.s_mean as supported_mean_days,
    bounds.c_mean as comparison_mean_days,
    bounds.days as difference_days,
    case
        when bounds.s_days_count >= parameters.minimum_group
            and bounds.c_days_count >= parameters.minimum_group
            then bounds.days - bounds.days_reach
    end as difference_low_days,
    case
        when bounds.s_days_count >= parameters.minimum_group
            and bounds.c_days_count >= parameters.minimum_group
            then bounds.days + bounds.days_reach
    end as difference_high_days,
    case
        when bounds.s_days_count < parameters.minimum_group
            or bounds.c_days_count < parameters.minimum_group
            then 'too_few_to_say'
        when q9(bounds.days + bounds.days_reach) < 0 then 'lower'
        when q9(bounds.days - bounds.days_reach) > 0 then 'higher'
        else 'no_clear_difference'
    end as days_finding,
    parameters.minimum_group,
    case when bounds.s_count = 0 or bounds.c_count = 0 then 'no_cohort' end as missing_reason,
    build.as_at

from bounds
cross join parameters
cross join ref.build as build
