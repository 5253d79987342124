-- Every area of every group beside every ranking: one row for each area that a
-- group has on the day a file's figures describe, with the figure or why there
-- is none, and whether it takes part in ranks and group figures.
-- grain: source_file, period_kind, period, measure, comparison_group, list_vintage, area_code
-- column ranking_no: Number of the ranking, which is one file, kind of period, period and measure.
-- column source_file: Name of the file.
-- column period_kind: month, three_month or published.
-- column period: Month, academic year or calendar year of the September.
-- column measure: Measure of ref.measures.
-- column layout: Form in which the file came.
-- column provider: Provider folder the file was delivered in.
-- column month_no: Number of the period's last month.
-- column academic_year: Academic year that holds the period's last day.
-- column rounding_basis: counts, or printed with 0dp, 1dp or 2dp, or unrounded; one for all areas of the ranking.
-- column polarity: low or high, the end that is good; none has no rank.
-- column own_measure: Name of the same measure in marts.neet_headlines.
-- column comparison_group: lcr, statistical_neighbours, region or england.
-- column list_vintage: Month of the neighbour list; none for groups without a list.
-- column list_basis: in_force, nearest_later, newest or none.
-- column area_code: DfE three-digit code of an authority, GSS code of a region or England.
-- column gss_code: GSS code in force in the period.
-- column area_name: Name of the area.
-- column area_kind: authority, region or country.
-- column is_own: Whether it is our authority.
-- column value_percent: The figure, per cent; null when missing.
-- column missing_reason: Why it is missing; not_applicable where the area did not exist, not_collected where the file has no row.
-- column numerator: People behind the figure; null where only a rate is given.
-- column denominator: Cohort behind the figure; null where none is given.
-- column published_change_points: The publisher's change on the year before.
-- column computed_change_points: Figure less the same provider's figure of the year before, where the area existed in both.
-- column published_quintile: The publisher's quintile.
-- column source_kind: published, portal or synthetic.
-- column source: Publication, with its licence.
-- column tiny_areas_ranked: Setting rank_tiny_areas.
-- column takes_part: Whether the area is ranked when it has a figure.
-- column in_group_figure: Whether the figure goes into the group's own figure.
-- accepted rounding_basis: counts, 0dp, 1dp, 2dp, unrounded
-- not_null: takes_part, in_group_figure, source_kind
with

comparator_values as (

    select * from intermediate.int_comparator_values

),

members as (

    select * from intermediate.int_comparison_members

),

tiny_choice as (

    select
        coalesce(
            bool_or(
                case
                    when name = 'rank_tiny_areas'
                        then lower(trim(value)) in ('true', 'yes', '1')
                end
            ),
            true
        ) as tiny_areas_ranked
    from ref.settings

),

rankings as (

    select
        ranking_no,
        source_file,
        layout,
        provider,
        period_kind,
        period,
        measure,
        measured_on,
        month_no,
        academic_year,
        max(source) as source,
        case
            when layout = 'portal' then 'counts'
            when max(decimals) = 0 then '0dp'
            when max(decimals) = 1 then '1dp'
            when max(decimals) = 2 then '2dp'
            else 'unrounded'
        end as rounding_basis,
        case
            when bool_or(source_kind = 'synthetic') then 'synthetic'
            else max(source_kind)
        end as source_kind

    from comparator_values
    group by
        ranking_no, source_file, layout, provider, period_kind, period, measure,
        measured_on, month_no, academic_year

),

-- A provider has one ranking for a period and measure in each of its layouts,
-- and so at most one of the year before.
year_before as (

    select
        rankings.ranking_no,
        earlier.ranking_no as ranking_no_before

    from rankings
    inner join rankings as earlier
        on rankings.layout = earlier.layout
            and rankings.provider = earlier.provider
            and rankings.period_kind = earlier.period_kind
            and rankings.measure = earlier.measure
            and rankings.month_no - 12 = earlier.month_no

)

select
    rankings.ranking_no,
    rankings.source_file,
    rankings.period_kind,
    rankings.period,
    rankings.measure,
    rankings.layout,
    rankings.provider,
    rankings.month_no,
    rankings.academic_year,
    rankings.rounding_basis,
    measures.polarity,
    measures.own_measure,
    members.comparison_group,
    members.list_vintage,
    members.list_basis,
    members.area_code,
    members.gss_code,
    members.area_name,
    members.area_kind,
    members.is_own,
    comparator_values.value_percent,
    case
        when comparator_values.value_percent is not null then null
        when not members.area_existed then 'not_applicable'
        else coalesce(comparator_values.missing_reason, 'not_collected')
    end as missing_reason,
    comparator_values.numerator,
    comparator_values.denominator,
    comparator_values.published_change_points,
    CAST(
        q9(comparator_values.value_percent) - q9(values_before.value_percent)
        AS DOUBLE
    ) as computed_change_points,
    comparator_values.published_quintile,
    coalesce(comparator_values.source_kind, rankings.source_kind)
        as source_kind,
    coalesce(comparator_values.source, rankings.source) as source,
    tiny_choice.tiny_areas_ranked,
    members.is_member
    and members.area_existed
    and (tiny_choice.tiny_areas_ranked or not members.is_tiny)
        as takes_part,
    -- The neighbours' figure is what we are held against, so it is made
    -- without us; a place's own figure is made with everybody in it.
    members.is_member
    and not (
        members.is_own
        and members.comparison_group = 'statistical_neighbours'
    ) as in_group_figure

from rankings
inner join ref.measures as measures
    on rankings.measure = measures.code
inner join members
    on rankings.measured_on = members.measured_on
cross join tiny_choice
left join comparator_values
    on rankings.ranking_no = comparator_values.ranking_no
        and members.area_code = comparator_values.area_code
        and comparator_values.area_existed
left join year_before
    on rankings.ranking_no = year_before.ranking_no
left join comparator_values as values_before
    on year_before.ranking_no_before = values_before.ranking_no
        and members.area_code = values_before.area_code
        and values_before.area_existed
