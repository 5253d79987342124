-- National quintile of each authority's figure, cut by ntile on the value as
-- DfE does, among all authorities of one file. Rounded figures can tie across a
-- boundary; then the two ends of what the quintile can be differ.
-- grain: ranking_no, area_code
-- column ranking_no: Number of the ranking, as in int_comparator_values.
-- column area_code: DfE three-digit code.
-- column lowest_quintile: Lowest quintile that an area with this value has, 1 = lowest values.
-- column highest_quintile: Highest quintile that an area with this value has.
-- not_null: lowest_quintile, highest_quintile
with

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

authorities as (

    select distinct
        area_code,
        coalesce(is_tiny, false) as is_tiny
    from ref.areas
    where kind = 'authority'

),

cut as (

    select
        vals.ranking_no,
        vals.area_code,
        q9(vals.value_percent) as compared_value,
        CAST(
            ntile(5) over (
                partition by vals.ranking_no
                order by
                    q9(vals.value_percent) nulls last,
                    vals.area_code nulls last
            ) AS BIGINT
        ) as fifth

    from intermediate.int_comparator_values as vals
    inner join authorities
        on vals.area_code = authorities.area_code
    cross join tiny_choice
    where vals.value_percent is not null
        and vals.area_existed
        and (tiny_choice.tiny_areas_ranked or not authorities.is_tiny)

)

select
    ranking_no,
    area_code,
    min(fifth) over (
        partition by ranking_no, compared_value
    ) as lowest_quintile,
    max(fifth) over (
        partition by ranking_no, compared_value
    ) as highest_quintile

from cut
