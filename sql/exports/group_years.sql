-- Vulnerable groups by academic year: sums over December, January and February,
-- whose mean is published. Before disclosure control. Where one group lies
-- within another (ref.disclosure_sums), who is in the outer one alone is a row
-- that is never shown, and protected all the same. Counts are null while a month
-- is missing.
-- grain: academic_year, group_name
-- column academic_year: Academic year, 2020/21.
-- column group_name: Group of ref.groups; for a remainder, both groups.
-- column age_band: Academic ages that count in this group.
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
-- column young_people_group: The group with its ages.
-- column cohort_count: Young people who count: EET + NEET + not known + other.
-- column eet_count: In education, employment with training, or training.
-- column neet_count: Not in education, employment or training.
-- column not_known_count: Activity not known.
-- column other_count: In work without regulated training.
-- column family: Rows of one family share sums, and are protected together.
-- column row_key: Names the row within its table in every edition.
-- column is_shown: Whether the row is published; one that is not is protected all the same.
-- column periods_summed: Month ends that the counts sum over; what is published is their mean.
-- not_null: family, row_key
with

winters as (

    select
        months.academic_year,
        groups.group_name,
        groups.age_band,
        count(*) as months_counted,
        cast(sum(groups.cohort_count) as bigint) as cohort_count,
        cast(sum(groups.eet_count) as bigint) as eet_count,
        cast(sum(groups.neet_count) as bigint) as neet_count,
        cast(sum(groups.not_known_count) as bigint) as not_known_count,
        cast(sum(groups.other_count) as bigint) as other_count

    from marts.vulnerable_groups as groups
    inner join ref.months as months
        on groups.month_end = months.month_end
    where groups.basis = 'recorded'
        and months.month_of_year in (12, 1, 2)
    group by months.academic_year, groups.group_name, groups.age_band

),

shown_and_not as (

    select
        academic_year,
        group_name,
        age_band,
        months_counted,
        cohort_count,
        eet_count,
        neet_count,
        not_known_count,
        other_count,
        true as is_shown
    from winters

    union all

    select
        outer_groups.academic_year,
        outer_groups.group_name || ' without ' || inner_groups.group_name as group_name,
        outer_groups.age_band,
        outer_groups.months_counted,
        outer_groups.cohort_count - inner_groups.cohort_count as cohort_count,
        outer_groups.eet_count - inner_groups.eet_count as eet_count,
        outer_groups.neet_count - inner_groups.neet_count as neet_count,
        outer_groups.not_known_count - inner_groups.not_known_count as not_known_count,
        outer_groups.other_count - inner_groups.other_count as other_count,
        false as is_shown

    from ref.disclosure_sums as sums
    inner join winters as outer_groups
        on sums.total = outer_groups.group_name
    inner join winters as inner_groups
        on sums.part = inner_groups.group_name
        and outer_groups.academic_year = inner_groups.academic_year
    where sums.table_name = 'group_years'
        and not sums.is_whole

)

select
    groups.academic_year,
    groups.group_name,
    groups.age_band,
    substr(groups.academic_year, 1, 4) || substr(groups.academic_year, 6, 2) as time_period,
    'Academic year' as time_identifier,
    'Local authority' as geographic_level,
    place.country_code,
    place.country_name,
    place.region_code,
    place.region_name,
    place.old_la_code,
    place.new_la_code,
    place.la_name,
    upper(substr(groups.group_name, 1, 1)) || replace(substr(groups.group_name, 2, 98), '_', ' ')
        || ', ages ' || groups.age_band as young_people_group,
    case when groups.months_counted = 3 then groups.cohort_count end as cohort_count,
    case when groups.months_counted = 3 then groups.eet_count end as eet_count,
    case when groups.months_counted = 3 then groups.neet_count end as neet_count,
    case when groups.months_counted = 3 then groups.not_known_count end as not_known_count,
    case when groups.months_counted = 3 then groups.other_count end as other_count,
    'groups ' || groups.academic_year as family,
    groups.academic_year || ' ' || groups.group_name as row_key,
    groups.is_shown,
    cast(3 as bigint) as periods_summed

from shown_and_not as groups
cross join exports.place as place
