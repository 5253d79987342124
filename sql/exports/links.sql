-- The sums that bind rows of the controlled tables to each other: total less
-- parts is nought, in every count of the same name unless one is given. Bands
-- within a month, groups within groups, year groups, the wards of a year with
-- the borough's three months, and the leavers of the survey with the Year 11 of
-- the Guarantee. Sums within a row are in ref.disclosure_columns.
-- grain: equation, table_name, row_key, column_name
-- column family: Family of the rows.
-- column equation: Names the sum.
-- column table_name: Table of the row.
-- column row_key: The row.
-- column column_name: The count; each means every count of the table.
-- column sign: 1 for a total, -1 for a part.
-- not_null: family, sign
with

band_sums as (

    select distinct table_name, total
    from ref.disclosure_sums
    where is_whole

),

borough_terms as (

    select months.family, months.month_end, sums.total, months.row_key, 1 as sign
    from exports.borough_months as months
    inner join band_sums as sums
        on months.age_band = sums.total
        and sums.table_name = 'borough_months'

    union all

    select months.family, months.month_end, sums.total, months.row_key, -1 as sign
    from exports.borough_months as months
    inner join ref.disclosure_sums as sums
        on months.age_band = sums.part
        and sums.table_name = 'borough_months'

),

guarantee_terms as (

    select years.family, sums.total, years.row_key, 1 as sign
    from exports.guarantee_years as years
    inner join band_sums as sums
        on years.year_group = sums.total
        and sums.table_name = 'guarantee_years'

    union all

    select years.family, sums.total, years.row_key, -1 as sign
    from exports.guarantee_years as years
    inner join ref.disclosure_sums as sums
        on years.year_group = sums.part
        and sums.table_name = 'guarantee_years'

),

nested_groups as (

    select sums.total, sums.part, outer_groups.academic_year, outer_groups.family
    from ref.disclosure_sums as sums
    inner join exports.group_years as outer_groups
        on sums.total = outer_groups.group_name
        and sums.table_name = 'group_years'
    inner join exports.group_years as inner_groups
        on sums.part = inner_groups.group_name
        and outer_groups.academic_year = inner_groups.academic_year
    where not sums.is_whole

),

group_terms as (

    select family, academic_year, total, part, total as group_name, 1 as sign
    from nested_groups

    union all

    select family, academic_year, total, part, part as group_name, -1 as sign
    from nested_groups

    union all

    select family, academic_year, total, part, total || ' without ' || part as group_name, -1 as sign
    from nested_groups

),

complete_winters as (

    select distinct academic_year, family
    from exports.ward_years
    where cohort_count is not null

)

select
    family,
    'bands ' || family || ' ' || cast(month_end as varchar(10)) || ' ' || total as equation,
    'borough_months' as table_name,
    row_key,
    'each' as column_name,
    cast(sign as bigint) as sign
from borough_terms

union all

select
    family,
    'year groups ' || family || ' ' || total as equation,
    'guarantee_years' as table_name,
    row_key,
    'each' as column_name,
    cast(sign as bigint) as sign
from guarantee_terms

union all

select
    family,
    'groups ' || academic_year || ' ' || total || ' ' || part as equation,
    'group_years' as table_name,
    academic_year || ' ' || group_name as row_key,
    'each' as column_name,
    cast(sign as bigint) as sign
from group_terms

union all

select
    winters.family,
    winters.family as equation,
    'borough_months' as table_name,
    months.row_key,
    'each' as column_name,
    cast(1 as bigint) as sign
from complete_winters as winters
inner join exports.borough_months as months
    on winters.family = months.family
    and months.age_band = '16-17'

union all

select
    winters.family,
    winters.family as equation,
    'ward_years' as table_name,
    wards.row_key,
    'each' as column_name,
    cast(-1 as bigint) as sign
from complete_winters as winters
inner join exports.ward_years as wards
    on winters.family = wards.family

union all

select
    surveys.family,
    'leavers ' || surveys.family as equation,
    'survey_years' as table_name,
    surveys.row_key,
    'leaver_count' as column_name,
    cast(1 as bigint) as sign
from exports.survey_years as surveys
inner join exports.guarantee_years as offers
    on surveys.family = offers.family
    and offers.year_group = 'Y11'
    and surveys.leaver_count = offers.cohort_count

union all

select
    surveys.family,
    'leavers ' || surveys.family as equation,
    'guarantee_years' as table_name,
    offers.row_key,
    'cohort_count' as column_name,
    cast(-1 as bigint) as sign
from exports.survey_years as surveys
inner join exports.guarantee_years as offers
    on surveys.family = offers.family
    and offers.year_group = 'Y11'
    and surveys.leaver_count = offers.cohort_count
