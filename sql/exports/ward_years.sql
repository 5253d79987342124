-- Young residents of 16 and 17 by ward: sums over December, January and
-- February, whose mean is published. Before disclosure control. Who lives in no
-- ward of ours stands in the row elsewhere, which is never shown; with it the
-- wards sum to the borough. Counts are null while a month is missing.
-- grain: academic_year, boundary_version, ward_code
-- column academic_year: Academic year, 2020/21.
-- column boundary_version: Version of the ward boundaries in force.
-- column ward_code: GSS code of the ward, or elsewhere.
-- column ward_name: Name of the ward, or elsewhere.
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
-- column residence: On what basis a place is counted.
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
        rates.boundary_version,
        case when rates.is_ward then rates.ward_code else 'elsewhere' end as ward_code,
        case when rates.is_ward then rates.ward_name else 'elsewhere' end as ward_name,
        rates.is_ward,
        count(distinct rates.month_end) as months_counted,
        cast(sum(rates.cohort_count) as bigint) as cohort_count,
        cast(sum(rates.eet_count) as bigint) as eet_count,
        cast(sum(rates.neet_count) as bigint) as neet_count,
        cast(sum(rates.not_known_count) as bigint) as not_known_count,
        cast(sum(rates.other_count) as bigint) as other_count

    from marts.ward_rates as rates
    inner join ref.months as months
        on rates.month_end = months.month_end
    where rates.basis = 'recorded'
        and rates.age_band = '16-17'
        and rates.is_in_force
        and months.month_of_year in (12, 1, 2)
    group by
        months.academic_year,
        rates.boundary_version,
        case when rates.is_ward then rates.ward_code else 'elsewhere' end,
        case when rates.is_ward then rates.ward_name else 'elsewhere' end,
        rates.is_ward

)

select
    winters.academic_year,
    winters.boundary_version,
    winters.ward_code,
    winters.ward_name,
    substr(winters.academic_year, 1, 4) || substr(winters.academic_year, 6, 2) as time_period,
    'Academic year' as time_identifier,
    'Ward' as geographic_level,
    place.country_code,
    place.country_name,
    place.region_code,
    place.region_name,
    place.old_la_code,
    place.new_la_code,
    place.la_name,
    'Pupil residence' as residence,
    case when winters.months_counted = 3 then winters.cohort_count end as cohort_count,
    case when winters.months_counted = 3 then winters.eet_count end as eet_count,
    case when winters.months_counted = 3 then winters.neet_count end as neet_count,
    case when winters.months_counted = 3 then winters.not_known_count end as not_known_count,
    case when winters.months_counted = 3 then winters.other_count end as other_count,
    'wards ' || winters.academic_year as family,
    winters.academic_year || ' ' || winters.boundary_version || ' ' || winters.ward_code as row_key,
    winters.is_ward as is_shown,
    cast(3 as bigint) as periods_summed

from winters
cross join exports.place as place
