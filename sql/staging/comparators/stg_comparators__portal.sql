-- Figures of the monthly portal table, one row per line of the file and measure.
-- Rates are made from the counts; combined is missing where either part is.
-- grain: provider, file_hash, sheet, line, measure
-- column layout: Form in which the file came: portal.
-- column provider: Provider folder the file was delivered in.
-- column file_name: Name of the delivered file.
-- column file_hash: SHA-256 of the file's bytes.
-- column sheet: Sheet of the workbook; empty for CSV.
-- column line: Line of the file the figure stands on.
-- column delivered_at: Moment of the delivery, UTC.
-- column area_key: DfE three-digit code.
-- column second_key: Always null, the table gives no GSS code.
-- column period_kind: month, three_month or published.
-- column period: Month, 2021-10.
-- column measure: Measure of ref.measures.
-- column value_percent: Figure in per cent, as computed from the counts, unrounded; null when missing.
-- column missing_symbol: Symbol printed in place of the figure; null when there is a figure or a blank.
-- column numerator: People behind the figure; null when missing.
-- column denominator: Cohort behind the figure; residents of academic age 16 and 17.
-- column published_change_points: Published change on the year before, percentage points; always null, the table has none.
-- column published_quintile: Published quintile; always null, the table has none.
-- column source_kind: portal, or synthetic for made-up rows.
-- column source: Publication the figure comes from.
with

months as (

    select
        provider,
        file_name,
        file_hash,
        sheet,
        line,
        delivered_at,
        la_code,
        month as period,
        CAST(cohort AS DOUBLE) as denominator,
        neet,
        neet_missing,
        not_known,
        not_known_missing,
        participating,
        participating_missing,
        coalesce(source_kind, 'portal') as source_kind

    from raw.comparators_portal
    where delivered_on <= (select as_at from ref.build)

),

figures as (

    select
        provider, file_name, file_hash, sheet, line, delivered_at, la_code,
        period, denominator, source_kind,
        'neet_percent' as measure,
        neet as numerator,
        neet_missing as missing_symbol
    from months

    union all

    select
        provider, file_name, file_hash, sheet, line, delivered_at, la_code,
        period, denominator, source_kind,
        'not_known_percent' as measure,
        not_known as numerator,
        not_known_missing as missing_symbol
    from months

    union all

    select
        provider, file_name, file_hash, sheet, line, delivered_at, la_code,
        period, denominator, source_kind,
        'combined_percent' as measure,
        neet + not_known as numerator,
        coalesce(neet_missing, not_known_missing) as missing_symbol
    from months

    union all

    select
        provider, file_name, file_hash, sheet, line, delivered_at, la_code,
        period, denominator, source_kind,
        'participating_percent' as measure,
        participating as numerator,
        participating_missing as missing_symbol
    from months

)

select
    'portal' as layout,
    provider,
    file_name,
    file_hash,
    sheet,
    line,
    delivered_at,
    la_code as area_key,
    CAST(null AS VARCHAR(20)) as second_key,
    'month' as period_kind,
    period,
    measure,
    percent_of(numerator, denominator) as value_percent,
    case
        when numerator is not null and denominator = 0 then 'no_cohort'
        else missing_symbol
    end as missing_symbol,
    numerator,
    denominator,
    CAST(null AS DOUBLE) as published_change_points,
    CAST(null AS BIGINT) as published_quintile,
    source_kind,
    'NCCIS portal, monthly table' as source

from figures
