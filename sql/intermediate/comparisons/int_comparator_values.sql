-- Other authorities' figures that may be compared: each figure with its area
-- and the day it describes, from the newest file of its kind. Rows whose area
-- has no known GSS code (a publisher's demonstration rows) are left out, and so
-- are periods that no calendar knows.
-- grain: source_file, period_kind, period, measure, area_code
-- column ranking_no: Number of the ranking, which is one file, kind of period, period and measure.
-- column source_file: Name of the file; all areas of one ranking share it.
-- column layout: Form in which the file came: scorecard, lait, tidy or portal.
-- column provider: Provider folder the file was delivered in.
-- column delivered_at: Moment of the delivery, UTC.
-- column period_kind: month, three_month or published.
-- column period: Month, academic year or calendar year of the September.
-- column measure: Measure of ref.measures.
-- column measured_on: Last day of the period; decides which areas existed.
-- column month_no: Number of the month of that day; 12 less is the year before.
-- column academic_year: Academic year that holds that day.
-- column area_code: DfE three-digit code of an authority, GSS code of a region or England.
-- column area_existed: Whether the area existed on that day.
-- column value_percent: The figure, per cent; null when missing.
-- column missing_reason: Why it is missing; null when there is a figure.
-- column numerator: People behind the figure; null where only a rate is given.
-- column denominator: Cohort behind the figure; null where none is given.
-- column decimals: Decimals the figure is printed with; 9 for more than two.
-- column published_change_points: Published change on the year before.
-- column published_quintile: Published quintile, 1 = lowest value.
-- column source_kind: published, portal or synthetic.
-- column source: Publication the figure comes from.
-- accepted layout: scorecard, lait, tidy, portal
-- accepted missing_reason: not_applicable, suppressed, not_collected, rounds_to_zero, no_cohort
-- not_null: ranking_no, measured_on, month_no, area_existed, source_kind
with

readings as (

    select
        layout, provider, file_name, file_hash, sheet, line, delivered_at,
        area_key, second_key, period_kind, period, measure, value_percent,
        missing_symbol, numerator, denominator, published_change_points,
        published_quintile, source_kind, source
    from staging.stg_comparators__scorecard

    union all

    select
        layout, provider, file_name, file_hash, sheet, line, delivered_at,
        area_key, second_key, period_kind, period, measure, value_percent,
        missing_symbol, numerator, denominator, published_change_points,
        published_quintile, source_kind, source
    from staging.stg_comparators__lait

    union all

    select
        layout, provider, file_name, file_hash, sheet, line, delivered_at,
        area_key, second_key, period_kind, period, measure, value_percent,
        missing_symbol, numerator, denominator, published_change_points,
        published_quintile, source_kind, source
    from staging.stg_comparators__tidy

    union all

    select
        layout, provider, file_name, file_hash, sheet, line, delivered_at,
        area_key, second_key, period_kind, period, measure, value_percent,
        missing_symbol, numerator, denominator, published_change_points,
        published_quintile, source_kind, source
    from staging.stg_comparators__portal

),

rankings as (

    select distinct
        layout,
        provider,
        file_name,
        file_hash,
        delivered_at,
        period_kind,
        period,
        measure
    from readings

),

newest_of_provider as (

    select
        layout,
        provider,
        file_name,
        file_hash,
        delivered_at,
        period_kind,
        period,
        measure,
        row_number() over (
            partition by layout, provider, period_kind, period, measure
            order by
                delivered_at desc nulls last,
                file_hash desc nulls last,
                file_name desc nulls last
        ) as newest_first
    from rankings

),

-- Two providers may hand in files of one name; the name is the key of the
-- ranking, so the newer file keeps it.
newest_of_name as (

    select
        layout,
        provider,
        file_name,
        file_hash,
        delivered_at,
        period_kind,
        period,
        measure,
        row_number() over (
            partition by file_name, period_kind, period, measure
            order by
                delivered_at desc nulls last,
                file_hash desc nulls last,
                provider desc nulls last,
                layout desc nulls last
        ) as first_of_name
    from newest_of_provider
    where newest_first = 1

),

-- The month whose end a period stands for. What is published once a year ends
-- in a month of its own, by measure.
calendar as (

    select
        'month' as period_kind, period, month_of_year, month_end, month_no,
        academic_year
    from ref.months

    union all

    select
        'three_month' as period_kind, academic_year as period, month_of_year,
        month_end, month_no, academic_year
    from ref.months
    where month_of_year = 2

    union all

    select
        'published' as period_kind, academic_year as period, month_of_year,
        month_end, month_no, academic_year
    from ref.months

    union all

    select
        'published' as period_kind,
        CAST(calendar_year AS VARCHAR(10)) as period, month_of_year,
        month_end, month_no, academic_year
    from ref.months

),

placed_in_time as (

    select
        newest_of_name.layout,
        newest_of_name.provider,
        newest_of_name.file_name,
        newest_of_name.file_hash,
        newest_of_name.period_kind,
        newest_of_name.period,
        newest_of_name.measure,
        row_number() over (
            order by
                newest_of_name.file_name nulls last,
                newest_of_name.period_kind nulls last,
                newest_of_name.period nulls last,
                newest_of_name.measure nulls last
        ) as ranking_no,
        calendar.month_end as measured_on,
        calendar.month_no,
        calendar.academic_year

    from newest_of_name
    inner join ref.measures as measures
        on newest_of_name.measure = measures.code
            and measures.is_comparable
    inner join calendar
        on newest_of_name.period_kind = calendar.period_kind
            and newest_of_name.period = calendar.period
            and (
                calendar.period_kind <> 'published'
                or calendar.month_of_year = measures.published_month
            )
    where newest_of_name.first_of_name = 1

),

area_keys as (

    select distinct dfe_code as area_key, area_code
    from ref.areas
    where dfe_code is not null and gss_code is not null

    union

    select distinct gss_code as area_key, area_code
    from ref.areas
    where gss_code is not null

),

located as (

    select
        placed_in_time.ranking_no,
        readings.file_name as source_file,
        readings.layout,
        readings.provider,
        readings.delivered_at,
        readings.period_kind,
        readings.period,
        readings.measure,
        placed_in_time.measured_on,
        placed_in_time.month_no,
        placed_in_time.academic_year,
        first_keys.area_code,
        readings.value_percent,
        case
            when readings.value_percent is null
                then coalesce(symbols.missing_reason, 'not_collected')
        end as missing_reason,
        readings.numerator,
        readings.denominator,
        readings.published_change_points,
        readings.published_quintile,
        readings.source_kind,
        readings.source,
        row_number() over (
            partition by placed_in_time.ranking_no, first_keys.area_code
            order by
                readings.sheet desc nulls last,
                readings.line desc nulls last
        ) as last_line_first

    from readings
    inner join placed_in_time
        on readings.layout = placed_in_time.layout
            and readings.provider = placed_in_time.provider
            and readings.file_name = placed_in_time.file_name
            and readings.file_hash = placed_in_time.file_hash
            and readings.period_kind = placed_in_time.period_kind
            and readings.period = placed_in_time.period
            and readings.measure = placed_in_time.measure
    inner join area_keys as first_keys
        on readings.area_key = first_keys.area_key
    left join area_keys as second_keys
        on readings.second_key = second_keys.area_key
            and first_keys.area_code = second_keys.area_code
    left join ref.missing_symbols as symbols
        on lower(trim(readings.missing_symbol)) = symbols.symbol
    where readings.second_key is null or second_keys.area_code is not null

),

existing_areas as (

    select distinct
        days.measured_on,
        areas.area_code

    from (select distinct measured_on from placed_in_time) as days
    inner join ref.areas as areas
        on (areas.valid_from is null or areas.valid_from <= days.measured_on)
            and (areas.valid_to is null or areas.valid_to >= days.measured_on)

)

select
    located.ranking_no,
    located.source_file,
    located.layout,
    located.provider,
    located.delivered_at,
    located.period_kind,
    located.period,
    located.measure,
    located.measured_on,
    located.month_no,
    located.academic_year,
    located.area_code,
    existing_areas.area_code is not null as area_existed,
    located.value_percent,
    located.missing_reason,
    located.numerator,
    located.denominator,
    CAST(
        case
            when located.value_percent is null then null
            when abs(located.value_percent
                - floor(located.value_percent + 0.5)) < 0.000001 then 0
            when abs(located.value_percent * 10
                - floor(located.value_percent * 10 + 0.5)) < 0.000001 then 1
            when abs(located.value_percent * 100
                - floor(located.value_percent * 100 + 0.5)) < 0.000001 then 2
            else 9
        end AS BIGINT
    ) as decimals,
    located.published_change_points,
    located.published_quintile,
    located.source_kind,
    located.source

from located
left join existing_areas
    on located.measured_on = existing_areas.measured_on
        and located.area_code = existing_areas.area_code
where located.last_line_first = 1
