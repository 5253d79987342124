-- A region's published rate is that of its authorities taken as one place, so
-- the cohort-weighted mean of their rates must come within 0.1 point of it (half
-- of that is the rounding of the authorities, half the region's own). A region
-- that is further off has authorities missing, renamed or misplaced.
-- severity: warn
with

figures as (

    select
        source_file,
        period_kind,
        period,
        measure,
        measured_on,
        area_code,
        value_percent,
        denominator

    from intermediate.int_comparator_values
    where area_existed
        and value_percent is not null

),

pooled as (

    select
        figures.source_file,
        figures.period_kind,
        figures.period,
        figures.measure,
        areas.region_code,
        CAST(
            sum(figures.value_percent * figures.denominator) AS DOUBLE
        ) / nullif(CAST(sum(figures.denominator) AS DOUBLE), 0)
            as pooled_percent

    from figures
    inner join ref.areas as areas
        on figures.area_code = areas.area_code
            and areas.kind = 'authority'
            and (
                areas.valid_from is null
                or areas.valid_from <= figures.measured_on
            )
            and (
                areas.valid_to is null
                or areas.valid_to >= figures.measured_on
            )
    where figures.denominator is not null
    group by
        figures.source_file, figures.period_kind, figures.period,
        figures.measure, areas.region_code

)

select
    pooled.source_file,
    pooled.period,
    pooled.measure,
    pooled.region_code

from pooled
inner join figures
    on pooled.source_file = figures.source_file
        and pooled.period_kind = figures.period_kind
        and pooled.period = figures.period
        and pooled.measure = figures.measure
        and pooled.region_code = figures.area_code
where abs(pooled.pooled_percent - figures.value_percent) > 0.1
