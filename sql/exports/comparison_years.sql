-- What is published of every authority, region and England, side by side. No
-- figure of our own caseload is in it, and none from tables that only
-- authorities may see: both are left out, so nothing has to be hidden. A symbol
-- stands beside an empty figure.
-- grain: academic_year, area_code
-- column academic_year: Academic year, 2020/21.
-- column area_code: DfE three-digit code of an authority, GSS code of another area.
-- column area_name: Name of the area.
-- column time_period: Period in the form of open data: 2021, or 202021 for an academic year.
-- column time_identifier: Month name, Academic year, Calendar year or the like.
-- column geographic_level: Kind of area of the row.
-- column country_code: GSS code of England.
-- column country_name: England.
-- column region_code: GSS code of the region.
-- column region_name: Name of the region.
-- column old_la_code: Three-digit code of the authority.
-- column new_la_code: GSS code of the authority.
-- column la_name: Name of the authority.
-- column english_devolved_area_code: GSS code of the city region.
-- column english_devolved_area_name: Name of the city region.
-- column age: Academic ages counted.
-- column neet_percent: Not in education, employment or training, per cent, as published.
-- column neet_percent_symbol: Why there is none: c, z, x or low.
-- column not_known_percent: Activity not known, per cent, as published.
-- column not_known_percent_symbol: Why there is none: c, z, x or low.
-- column combined_percent: NEET or not known, per cent, as published.
-- column combined_percent_symbol: Why there is none: c, z, x or low.
-- column participating_percent: Participating in March, per cent, as published.
-- column participating_percent_symbol: Why there is none: c, z, x or low.
-- column guarantee_percent: September Guarantee, offers of the cohort of Y11-12, per cent, as published.
-- column guarantee_percent_symbol: Why there is none: c, z, x or low.
with

published as (

    select
        academic_year,
        area_code,
        gss_code,
        area_name,
        area_kind,
        measure,
        value_percent,
        missing_reason,
        row_number() over (
            partition by academic_year, area_code, measure
            order by source_file desc nulls last, comparison_group nulls last, list_vintage nulls last
        ) as choice

    from marts.area_comparisons
    where source_kind = 'published'
        and area_kind in ('authority', 'region', 'country', 'city_region')
        and (
            period_kind in ('three_month', 'published')
            or (measure = 'participating_percent' and period like '%-03')
        )

),

by_area as (

    select
        published.academic_year,
        published.area_code,
        max(published.gss_code) as gss_code,
        max(published.area_name) as area_name,
        max(published.area_kind) as area_kind,
        max(case when published.measure = 'neet_percent' then published.value_percent end) as neet_percent,
        max(case when published.measure = 'neet_percent' then symbols.symbol end) as neet_percent_symbol,
        max(case when published.measure = 'not_known_percent' then published.value_percent end) as not_known_percent,
        max(case when published.measure = 'not_known_percent' then symbols.symbol end) as not_known_percent_symbol,
        max(case when published.measure = 'combined_percent' then published.value_percent end) as combined_percent,
        max(case when published.measure = 'combined_percent' then symbols.symbol end) as combined_percent_symbol,
        max(case when published.measure = 'participating_percent' then published.value_percent end) as participating_percent,
        max(case when published.measure = 'participating_percent' then symbols.symbol end) as participating_percent_symbol,
        max(case when published.measure = 'guarantee_y11_12_percent' then published.value_percent end) as guarantee_percent,
        max(case when published.measure = 'guarantee_y11_12_percent' then symbols.symbol end) as guarantee_percent_symbol

    from published
    left join ref.missing_symbols as symbols
        on published.missing_reason = symbols.missing_reason
        and symbols.symbol in ('c', 'z', 'x', 'low')
    where published.choice = 1
    group by published.academic_year, published.area_code

)

select
    by_area.academic_year,
    by_area.area_code,
    by_area.area_name,
    substr(by_area.academic_year, 1, 4) || substr(by_area.academic_year, 6, 2) as time_period,
    'Academic year' as time_identifier,
    case by_area.area_kind
        when 'authority' then 'Local authority'
        when 'region' then 'Regional'
        when 'city_region' then 'English devolved area'
        else 'National'
    end as geographic_level,
    place.country_code,
    place.country_name,
    case by_area.area_kind when 'region' then by_area.gss_code when 'authority' then areas.region_code end as region_code,
    case by_area.area_kind when 'region' then by_area.area_name when 'authority' then areas.region_name end as region_name,
    case when by_area.area_kind = 'authority' then by_area.area_code end as old_la_code,
    case when by_area.area_kind = 'authority' then by_area.gss_code end as new_la_code,
    case when by_area.area_kind = 'authority' then by_area.area_name end as la_name,
    case when by_area.area_kind = 'city_region' then by_area.gss_code end as english_devolved_area_code,
    case when by_area.area_kind = 'city_region' then by_area.area_name end as english_devolved_area_name,
    'Age 16 and 17' as age,
    by_area.neet_percent,
    case when by_area.neet_percent is null then coalesce(by_area.neet_percent_symbol, 'x') end as neet_percent_symbol,
    by_area.not_known_percent,
    case when by_area.not_known_percent is null then coalesce(by_area.not_known_percent_symbol, 'x') end as not_known_percent_symbol,
    by_area.combined_percent,
    case when by_area.combined_percent is null then coalesce(by_area.combined_percent_symbol, 'x') end as combined_percent_symbol,
    by_area.participating_percent,
    case when by_area.participating_percent is null then coalesce(by_area.participating_percent_symbol, 'x') end as participating_percent_symbol,
    by_area.guarantee_percent,
    case when by_area.guarantee_percent is null then coalesce(by_area.guarantee_percent_symbol, 'x') end as guarantee_percent_symbol

from by_area
cross join exports.place as place
left join ref.areas as areas
    on by_area.area_code = areas.area_code
    and by_area.gss_code = areas.gss_code
    and areas.kind = 'authority'
