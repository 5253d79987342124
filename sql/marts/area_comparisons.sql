-- Our authority beside others: every area of every group we are compared with,
-- its figure, its rank and the group's own figure. All areas of one ranking
-- come from one file. Published totals of city region, regions and England
-- are rows without a rank. Counts residence, academic age 16 and 17, unless the
-- measure says otherwise.
-- grain: period, period_kind, measure, comparison_group, list_vintage, area_code, source_file
-- column as_at: Knowledge date of the build.
-- column period: Month 2021-10, academic year 2020/21 or, for the Guarantee, calendar year of the September.
-- column period_kind: month, three_month (December to February) or published (once a year).
-- column academic_year: Academic year that holds the last day of the period.
-- column measure: Measure of ref.measures, per cent.
-- column polarity: low or high, the end that is good; none has no rank.
-- column comparison_group: lcr, statistical_neighbours, region or england.
-- column list_vintage: Month of the neighbour list; none for groups without a list.
-- column list_basis: in_force, nearest_later (no list of the time was delivered), newest (today's list for all periods, LAIT's way; only where it is another list) or none.
-- column area_code: DfE three-digit code of an authority, GSS code of a city region, region or England.
-- column gss_code: GSS code in force in the period.
-- column area_name: Name of the area.
-- column area_kind: authority, city_region, region or country.
-- column is_own_area: Whether it is our authority.
-- column value_percent: The figure from the file, per cent, as printed or unrounded from counts.
-- column missing_reason: Why there is none: not_applicable (also: the area did not exist), suppressed, not_collected (also: no row in the file), rounds_to_zero, no_cohort.
-- column denominator: Cohort behind the figure; null where the file gives none.
-- column group_pooled_percent: The group as one place: sum of numerators over sum of cohorts of the members that have both; null where the file gives no cohorts. Neighbours: without our authority.
-- column group_mean_percent: Simple mean of the members' figures, missing ones dropped. Neighbours: without our authority, as LAIT does.
-- column areas_pooled: Members in the pooled figure.
-- column areas_averaged: Members in the simple mean.
-- column difference_points: Figure less the group's figure, percentage points.
-- column difference_from: Which group figure that is: mean for the neighbours and where there are no cohorts, else pooled.
-- column rank_best: Rank in the group, 1 = best by polarity, ties take the lowest number; on values cut to nine decimals.
-- column rank_worst: Rank in the group, 1 = worst, ties take the lowest number.
-- column tie_count: Other areas of the group with the same figure; 0 when it is alone.
-- column areas_ranked: Areas of the group that have a rank.
-- column areas_total: Areas of the group that existed and take part.
-- column tiny_areas_ranked: Whether City of London and Isles of Scilly take part in ranks, quintiles, simple means and areas_total (setting rank_tiny_areas).
-- column quintile: Quintile among all authorities of England in the file, 1 = lowest values whatever the polarity; the lower one when tied.
-- column quintile_highest: The highest quintile the area can have; another than quintile only when tied.
-- column best_quintile: Quintile that is good: 1 or 5; null without polarity.
-- column quintile_tie: Whether areas with the same printed figure lie on both sides of a boundary, so that the quintile cannot be told.
-- column published_quintile: The publisher's quintile, of unrounded values.
-- column published_change_points: The publisher's change on the year before, of unrounded values.
-- column computed_change_points: Figure less the same provider's figure of the year before; from rounded figures it may be off by 0.1.
-- column rounding_basis: What the figures of the ranking are: counts, or printed with 0dp, 1dp or 2dp, or unrounded.
-- column own_value_percent: On our authority's row, the value from our own recorded caseload, for the guarantee from our own rolls; it takes no part in any rank.
-- column source_kind: published, portal or synthetic.
-- column source_file: Name of the file.
-- column source: Publication, with its licence.
-- accepted period_kind: month, three_month, published
-- accepted area_kind: authority, city_region, region, country
-- accepted polarity: low, high, none
-- accepted list_basis: in_force, nearest_later, newest, none
-- accepted missing_reason: not_applicable, suppressed, not_collected, rounds_to_zero, no_cohort
-- accepted difference_from: pooled, mean
-- accepted rounding_basis: counts, 0dp, 1dp, 2dp, unrounded
-- accepted source_kind: published, portal, synthetic
-- not_null: as_at, areas_ranked, areas_total, rounding_basis
-- export: internal
with

area_rows as (

    select * from intermediate.int_comparison_rows

),

-- Ranks, ties and sums work on figures cut to nine decimals, so that they do
-- not hang on the last bit.
compared as (

    select
        ranking_no,
        comparison_group,
        list_vintage,
        area_code,
        polarity,
        takes_part,
        in_group_figure,
        numerator,
        denominator,
        value_percent,
        q9(value_percent) as compared_value

    from area_rows

),

weighted as (

    select
        ranking_no,
        comparison_group,
        list_vintage,
        area_code,
        compared_value,
        takes_part,
        case
            when in_group_figure and value_percent is not null
                and denominator is not null
                then q9(
                    coalesce(100 * numerator, value_percent * denominator)
                )
        end as percent_people,
        case
            when in_group_figure and value_percent is not null
                then q9(denominator)
        end as people,
        case
            when in_group_figure and takes_part then compared_value
        end as averaged_value

    from compared

),

group_figures as (

    select
        ranking_no,
        comparison_group,
        list_vintage,
        CAST(sum(percent_people) AS DOUBLE)
            / nullif(CAST(sum(people) AS DOUBLE), 0) as group_pooled_percent,
        CAST(sum(averaged_value) AS DOUBLE)
            / nullif(count(averaged_value), 0) as group_mean_percent,
        count(percent_people) as areas_pooled,
        count(averaged_value) as areas_averaged,
        count(case when takes_part then compared_value end) as areas_valued,
        count(case when takes_part then area_code end) as areas_total

    from weighted
    group by ranking_no, comparison_group, list_vintage

),

ranked as (

    select
        ranking_no,
        comparison_group,
        list_vintage,
        area_code,
        CAST(
            rank() over (
                partition by ranking_no, comparison_group, list_vintage
                order by
                    case polarity
                        when 'low' then compared_value
                        else -compared_value
                    end nulls last
            ) AS BIGINT
        ) as rank_best,
        CAST(
            rank() over (
                partition by ranking_no, comparison_group, list_vintage
                order by
                    case polarity
                        when 'low' then -compared_value
                        else compared_value
                    end nulls last
            ) AS BIGINT
        ) as rank_worst,
        count(*) over (
            partition by
                ranking_no, comparison_group, list_vintage, compared_value
        ) - 1 as tie_count

    from compared
    where takes_part
        and compared_value is not null
        and polarity in ('low', 'high')

),

-- What our own caseload says of the same periods.
own_values as (

    select
        'three_month' as period_kind,
        academic_year as period,
        measure as own_measure,
        value_percent
    from marts.neet_headlines
    where period_kind = 'three_month'
        and age_band = '16-17'
        and basis = 'recorded'

    union all

    select
        'month' as period_kind,
        months.period,
        rate_names.own_measure,
        case rate_names.own_measure
            when 'neet' then rates.neet_percent
            when 'not_known' then rates.not_known_percent
            when 'combined' then rates.combined_percent
            when 'participation' then rates.participating_percent
        end as value_percent
    from marts.neet_rates as rates
    inner join ref.months as months
        on rates.month_end = months.month_end
    cross join (
        values ('neet'), ('not_known'), ('combined'), ('participation')
    ) as rate_names (own_measure)
    where rates.age_band = '16-17'
        and rates.basis = 'recorded'

    union all

    select
        'published' as period_kind,
        CAST(guarantee_year AS VARCHAR(4)) as period,
        'guarantee' as own_measure,
        offer_made_percent as value_percent
    from marts.september_guarantee
    where year_group = 'Y11-12'
        and institution = 'all'

)

select
    build.as_at,
    area_rows.period,
    area_rows.period_kind,
    area_rows.academic_year,
    area_rows.measure,
    area_rows.polarity,
    area_rows.comparison_group,
    area_rows.list_vintage,
    area_rows.list_basis,
    area_rows.area_code,
    area_rows.gss_code,
    area_rows.area_name,
    area_rows.area_kind,
    area_rows.is_own as is_own_area,
    area_rows.value_percent,
    area_rows.missing_reason,
    area_rows.denominator,
    figures.group_pooled_percent,
    figures.group_mean_percent,
    figures.areas_pooled,
    figures.areas_averaged,
    area_rows.value_percent
        - case
            when area_rows.comparison_group = 'statistical_neighbours'
                then figures.group_mean_percent
            else coalesce(
                figures.group_pooled_percent, figures.group_mean_percent
            )
        end as difference_points,
    case
        when area_rows.value_percent is null then null
        when area_rows.comparison_group <> 'statistical_neighbours'
            and figures.group_pooled_percent is not null then 'pooled'
        when figures.group_mean_percent is not null then 'mean'
    end as difference_from,
    ranked.rank_best,
    ranked.rank_worst,
    ranked.tie_count,
    case
        when area_rows.polarity = 'none' then 0
        else figures.areas_valued
    end as areas_ranked,
    figures.areas_total,
    area_rows.tiny_areas_ranked,
    quintiles.lowest_quintile as quintile,
    quintiles.highest_quintile as quintile_highest,
    CAST(
        case area_rows.polarity when 'low' then 1 when 'high' then 5 end
        AS BIGINT
    ) as best_quintile,
    quintiles.lowest_quintile <> quintiles.highest_quintile as quintile_tie,
    area_rows.published_quintile,
    area_rows.published_change_points,
    area_rows.computed_change_points,
    area_rows.rounding_basis,
    own_values.value_percent as own_value_percent,
    area_rows.source_kind,
    area_rows.source_file,
    area_rows.source

from area_rows
cross join ref.build as build
inner join group_figures as figures
    on area_rows.ranking_no = figures.ranking_no
        and area_rows.comparison_group = figures.comparison_group
        and area_rows.list_vintage = figures.list_vintage
left join ranked
    on area_rows.ranking_no = ranked.ranking_no
        and area_rows.comparison_group = ranked.comparison_group
        and area_rows.list_vintage = ranked.list_vintage
        and area_rows.area_code = ranked.area_code
left join intermediate.int_comparator_quintiles as quintiles
    on area_rows.ranking_no = quintiles.ranking_no
        and area_rows.area_code = quintiles.area_code
left join own_values
    on area_rows.is_own
        and area_rows.period_kind = own_values.period_kind
        and area_rows.period = own_values.period
        and area_rows.own_measure = own_values.own_measure
