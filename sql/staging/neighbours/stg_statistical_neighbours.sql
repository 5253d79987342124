-- Published lists of statistical neighbours, one row per list, authority and
-- neighbour. The newest delivery that holds an authority's part of a list
-- replaces the earlier ones.
-- grain: list_vintage, la_code, neighbour_code
-- column list_vintage: Month of the list, 2021-04.
-- column la_code: DfE three-digit code of the authority.
-- column neighbour_code: DfE three-digit code of the neighbour.
-- column neighbour_rank: 1 is the closest.
-- column closeness: How alike the two are, in DfE's words.
-- column file_name: File the list came in.
with

lists as (

    select
        coalesce(list_vintage, period) as list_vintage,
        la_code,
        neighbour_code,
        neighbour_rank,
        closeness,
        file_name,
        file_hash,
        delivered_at,
        line

    -- the list prints a dash where an authority was too new to have neighbours
    from raw.statistical_neighbours
    where
        delivered_on <= (select as_at from ref.build)
        and neighbour_code is not null

),

deliveries as (

    select distinct
        list_vintage,
        la_code,
        file_hash,
        delivered_at
    from lists

),

numbered_deliveries as (

    select
        list_vintage,
        la_code,
        file_hash,
        delivered_at,
        row_number() over (
            partition by list_vintage, la_code
            order by delivered_at desc nulls last, file_hash desc nulls last
        ) as newest_first
    from deliveries

),

numbered_lines as (

    select
        lists.list_vintage,
        lists.la_code,
        lists.neighbour_code,
        lists.neighbour_rank,
        lists.closeness,
        lists.file_name,
        row_number() over (
            partition by
                lists.list_vintage, lists.la_code, lists.neighbour_code
            order by lists.line nulls last
        ) as line_number

    from lists
    inner join numbered_deliveries
        on lists.list_vintage = numbered_deliveries.list_vintage
            and lists.la_code = numbered_deliveries.la_code
            and lists.file_hash = numbered_deliveries.file_hash
            and lists.delivered_at = numbered_deliveries.delivered_at
    where numbered_deliveries.newest_first = 1

)

select
    list_vintage,
    la_code,
    neighbour_code,
    neighbour_rank,
    closeness,
    file_name

from numbered_lines
where line_number = 1
