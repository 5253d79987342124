-- A row with a code that ref.areas does not hold, or with two codes of different
-- areas, is left out of every rank; a new authority or a new code must be added
-- there. Rows without any code are a publisher's demonstration.
-- severity: warn
with

coded as (

    select layout, file_name, line, area_key, second_key
    from staging.stg_comparators__scorecard

    union all

    select layout, file_name, line, area_key, second_key
    from staging.stg_comparators__lait

    union all

    select layout, file_name, line, area_key, second_key
    from staging.stg_comparators__tidy

    union all

    select layout, file_name, line, area_key, second_key
    from staging.stg_comparators__portal

),

known as (

    select dfe_code as area_key, area_code
    from ref.areas
    where dfe_code is not null

    union

    select gss_code as area_key, area_code
    from ref.areas
    where gss_code is not null

)

select distinct
    coded.layout,
    coded.file_name,
    coded.line

from coded
left join known as first_known
    on coded.area_key = first_known.area_key
left join known as second_known
    on coded.second_key = second_known.area_key
        and first_known.area_code = second_known.area_code
where coded.area_key is not null
    and (
        first_known.area_code is null
        or (coded.second_key is not null and second_known.area_code is null)
    )
