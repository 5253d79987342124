-- Figures of our own tidy table, one row per line of the file.
-- grain: provider, file_hash, sheet, line
-- column layout: Form in which the file came: tidy.
-- column provider: Provider folder the file was delivered in.
-- column file_name: Name of the delivered file.
-- column file_hash: SHA-256 of the file's bytes.
-- column sheet: Sheet of the workbook; empty for CSV.
-- column line: Line of the file the figure stands on.
-- column delivered_at: Moment of the delivery, UTC.
-- column area_key: DfE three-digit code, or the GSS code of a region, a city region or England.
-- column second_key: Always null, the table holds one code.
-- column period_kind: month, three_month or published.
-- column period: Month 2021-10, academic year 2020/21 or, for the Guarantee, calendar year of the September.
-- column measure: Measure of ref.measures.
-- column value_percent: Figure in per cent, as typed; null when missing.
-- column missing_symbol: Symbol printed in place of the figure; null when there is a figure or a blank.
-- column numerator: People behind the figure; always null, the table holds rates.
-- column denominator: Cohort behind the figure; null where none was published.
-- column published_change_points: Published change on the year before, percentage points; null where none is given.
-- column published_quintile: Published quintile; null where none is given.
-- column source_kind: published, portal or synthetic.
-- column source: Publication the figure comes from.
select
    'tidy' as layout,
    provider,
    file_name,
    file_hash,
    sheet,
    line,
    delivered_at,
    la_code as area_key,
    CAST(null AS VARCHAR(20)) as second_key,
    period_kind,
    value_period as period,
    measure,
    value as value_percent,
    value_missing as missing_symbol,
    CAST(null AS DOUBLE) as numerator,
    denominator,
    published_change_points,
    CAST(published_quintile AS BIGINT) as published_quintile,
    source_kind,
    source

from raw.comparators_tidy
where delivered_on <= (select as_at from ref.build)
