-- Figures of the DfE NEET scorecard, one row per line of the file and measure.
-- The year Y of a line means December Y-1 to February Y for NEET and not known,
-- March Y for participation, and September Y-1 for the Guarantee.
-- grain: provider, file_hash, sheet, line, measure
-- column layout: Form in which the file came: scorecard.
-- column provider: Provider folder the file was delivered in.
-- column file_name: Name of the delivered file.
-- column file_hash: SHA-256 of the file's bytes.
-- column sheet: Sheet of the workbook; empty for CSV.
-- column line: Line of the file the figure stands on.
-- column delivered_at: Moment of the delivery, UTC.
-- column area_key: DfE three-digit code of an authority (its GSS code where the file leaves that out), GSS code of a region or of England.
-- column second_key: GSS code of an authority, which must belong to the same area; 'none' where the file gives an authority without one, null for regions and England.
-- column period_kind: month, three_month or published.
-- column period: Academic year, month or, for the Guarantee, calendar year of the September.
-- column measure: Measure of ref.measures.
-- column value_percent: Figure in per cent, as published at one decimal; null when missing.
-- column missing_symbol: Symbol printed in place of the figure; null when there is a figure or a blank.
-- column numerator: People behind the figure; always null, the scorecard prints rates only.
-- column denominator: Cohort behind the figure; null for the Guarantee.
-- column published_change_points: Published change on the year before, percentage points; null where none is given.
-- column published_quintile: Published quintile of the unrounded values, 1 = lowest; null where none is given.
-- column source_kind: Always published.
-- column source: Publication the figure comes from.
with

scorecards as (

    select
        provider,
        file_name,
        file_hash,
        sheet,
        line,
        delivered_at,
        CAST(time_period - 1 AS VARCHAR(10)) || '/'
            || substr(CAST(time_period AS VARCHAR(10)), 3, 2) as academic_year,
        CAST(time_period AS VARCHAR(10)) || '-03' as march,
        CAST(time_period - 1 AS VARCHAR(10)) as guarantee_year,
        'DfE NEET scorecard ' || CAST(time_period AS VARCHAR(10))
            || ', OGL v3.0' as source,
        case lower(trim(geographic_level))
            when 'national' then country_code
            when 'regional' then region_code
            else coalesce(old_la_code, new_la_code)
        end as area_key,
        case
            when lower(trim(geographic_level)) in ('national', 'regional')
                then null
            else coalesce(new_la_code, 'none')
        end as second_key,
        cohort_djf_average,
        combined_percent,
        combined_percent_missing,
        combined_change_points,
        combined_quintile,
        neet_percent,
        neet_percent_missing,
        neet_change_points,
        neet_quintile,
        not_known_percent,
        not_known_percent_missing,
        not_known_change_points,
        not_known_quintile,
        cohort_march,
        participating_percent,
        participating_percent_missing,
        participating_change_points,
        participating_quintile,
        full_time_education_percent,
        full_time_education_percent_missing,
        apprenticeship_percent,
        apprenticeship_percent_missing,
        other_education_percent,
        other_education_percent_missing,
        guarantee_percent,
        guarantee_percent_missing,
        guarantee_change_points,
        guarantee_quintile

    from raw.comparators_scorecard
    where delivered_on <= (select as_at from ref.build)

),

figures as (

    select
        provider, file_name, file_hash, sheet, line, delivered_at, source,
        area_key, second_key,
        'three_month' as period_kind,
        academic_year as period,
        'combined_percent' as measure,
        combined_percent as value_percent,
        combined_percent_missing as missing_symbol,
        cohort_djf_average as denominator,
        combined_change_points as published_change_points,
        combined_quintile as published_quintile
    from scorecards

    union all

    select
        provider, file_name, file_hash, sheet, line, delivered_at, source,
        area_key, second_key,
        'three_month' as period_kind,
        academic_year as period,
        'neet_percent' as measure,
        neet_percent as value_percent,
        neet_percent_missing as missing_symbol,
        cohort_djf_average as denominator,
        neet_change_points as published_change_points,
        neet_quintile as published_quintile
    from scorecards

    union all

    select
        provider, file_name, file_hash, sheet, line, delivered_at, source,
        area_key, second_key,
        'three_month' as period_kind,
        academic_year as period,
        'not_known_percent' as measure,
        not_known_percent as value_percent,
        not_known_percent_missing as missing_symbol,
        cohort_djf_average as denominator,
        not_known_change_points as published_change_points,
        not_known_quintile as published_quintile
    from scorecards

    union all

    select
        provider, file_name, file_hash, sheet, line, delivered_at, source,
        area_key, second_key,
        'month' as period_kind,
        march as period,
        'participating_percent' as measure,
        participating_percent as value_percent,
        participating_percent_missing as missing_symbol,
        cohort_march as denominator,
        participating_change_points as published_change_points,
        participating_quintile as published_quintile
    from scorecards

    union all

    select
        provider, file_name, file_hash, sheet, line, delivered_at, source,
        area_key, second_key,
        'month' as period_kind,
        march as period,
        'full_time_education_percent' as measure,
        full_time_education_percent as value_percent,
        full_time_education_percent_missing as missing_symbol,
        cohort_march as denominator,
        CAST(null AS DOUBLE) as published_change_points,
        CAST(null AS DOUBLE) as published_quintile
    from scorecards

    union all

    select
        provider, file_name, file_hash, sheet, line, delivered_at, source,
        area_key, second_key,
        'month' as period_kind,
        march as period,
        'apprenticeship_percent' as measure,
        apprenticeship_percent as value_percent,
        apprenticeship_percent_missing as missing_symbol,
        cohort_march as denominator,
        CAST(null AS DOUBLE) as published_change_points,
        CAST(null AS DOUBLE) as published_quintile
    from scorecards

    union all

    select
        provider, file_name, file_hash, sheet, line, delivered_at, source,
        area_key, second_key,
        'month' as period_kind,
        march as period,
        'other_education_percent' as measure,
        other_education_percent as value_percent,
        other_education_percent_missing as missing_symbol,
        cohort_march as denominator,
        CAST(null AS DOUBLE) as published_change_points,
        CAST(null AS DOUBLE) as published_quintile
    from scorecards

    union all

    select
        provider, file_name, file_hash, sheet, line, delivered_at, source,
        area_key, second_key,
        'published' as period_kind,
        guarantee_year as period,
        'guarantee_y11_12_percent' as measure,
        guarantee_percent as value_percent,
        guarantee_percent_missing as missing_symbol,
        CAST(null AS DOUBLE) as denominator,
        guarantee_change_points as published_change_points,
        guarantee_quintile as published_quintile
    from scorecards

)

select
    'scorecard' as layout,
    provider,
    file_name,
    file_hash,
    sheet,
    line,
    delivered_at,
    area_key,
    second_key,
    period_kind,
    period,
    measure,
    value_percent,
    missing_symbol,
    CAST(null AS DOUBLE) as numerator,
    denominator,
    published_change_points,
    CAST(published_quintile AS BIGINT) as published_quintile,
    'published' as source_kind,
    source

from figures
