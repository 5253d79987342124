-- Figures of DfE's LAIT, one row per line of the file. The measure is known by
-- its short name; a short name that ref.lait_measures does not hold is left out.
-- grain: provider, file_hash, sheet, line
-- column layout: Form in which the file came: lait.
-- column provider: Provider folder the file was delivered in.
-- column file_name: Name of the delivered file.
-- column file_hash: SHA-256 of the file's bytes.
-- column sheet: Sheet of the workbook; empty for CSV.
-- column line: Line of the file the figure stands on.
-- column delivered_at: Moment of the delivery, UTC.
-- column area_key: DfE three-digit code; regions and England have numbers of their own.
-- column second_key: Always null, LAIT gives no GSS code.
-- column period_kind: month, three_month or published.
-- column period: Academic year, month or, for the Guarantee, calendar year of the September, by what the year means for the measure.
-- column measure: Measure of ref.measures.
-- column value_percent: Figure in per cent, as printed, with as many decimals; null when missing.
-- column missing_symbol: Symbol printed in place of the figure; null when there is a figure or a blank.
-- column numerator: People behind the figure; always null, LAIT prints rates only.
-- column denominator: Cohort behind the figure; always null.
-- column published_change_points: Published change on the year before, percentage points; always null, LAIT prints none.
-- column published_quintile: Published quintile; always null, LAIT prints none.
-- column source_kind: Always published.
-- column source: Publication the figure comes from.
with

lines as (

    select
        provider,
        file_name,
        file_hash,
        sheet,
        line,
        delivered_at,
        lower(trim(measure_short)) as short_name,
        la_number as area_key,
        CAST(year AS VARCHAR(10)) as last_year,
        CAST(year - 1 AS VARCHAR(10)) as first_year,
        case
            when value_raw is not null then value_raw
            when value_raw_missing is null then value_num
        end as value_percent,
        value_raw_missing as missing_symbol

    from raw.comparators_lait
    where delivered_on <= (select as_at from ref.build)

),

short_names as (

    select
        lower(measure_short) as short_name,
        measure,
        period_kind,
        year_means
    from ref.lait_measures

)

select
    'lait' as layout,
    lines.provider,
    lines.file_name,
    lines.file_hash,
    lines.sheet,
    lines.line,
    lines.delivered_at,
    lines.area_key,
    CAST(null AS VARCHAR(20)) as second_key,
    short_names.period_kind,
    case short_names.year_means
        when 'march' then lines.last_year || '-03'
        when 'calendar_year' then lines.last_year
        else lines.first_year || '/' || substr(lines.last_year, 3, 2)
    end as period,
    short_names.measure,
    lines.value_percent,
    lines.missing_symbol,
    CAST(null AS DOUBLE) as numerator,
    CAST(null AS DOUBLE) as denominator,
    CAST(null AS DOUBLE) as published_change_points,
    CAST(null AS BIGINT) as published_quintile,
    'published' as source_kind,
    'DfE Local Authority Interactive Tool, OGL v3.0' as source

from lines
inner join short_names
    on lines.short_name = short_names.short_name
