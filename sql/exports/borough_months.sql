-- The borough at each month end by age band, as recorded: before disclosure
-- control, one of the tables that the controlled profiles may show. The months
-- of December to February are of one family with the wards of their year.
-- grain: month_end, age_band
-- column month_end: Last day of the month.
-- column age_band: Academic ages counted: 16, 17, 16-17, 18 or 16-18.
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
-- column age: The age band in words.
-- column cohort_count: Young people who count: EET + NEET + not known + other.
-- column eet_count: In education, employment with training, or training.
-- column neet_count: Not in education, employment or training.
-- column not_known_count: Activity not known.
-- column other_count: In work without regulated training.
-- column family: Rows of one family share sums, and are protected together.
-- column row_key: Names the row within its table in every edition.
-- column is_shown: Whether the row is published; one that is not is protected all the same.
-- column periods_summed: Month ends that the counts sum over; what is published is their mean.
-- not_null: family, row_key, cohort_count
select
    rates.month_end,
    rates.age_band,
    cast(months.calendar_year as varchar(10)) as time_period,
    case months.month_of_year
        when 1 then 'January'
        when 2 then 'February'
        when 3 then 'March'
        when 4 then 'April'
        when 5 then 'May'
        when 6 then 'June'
        when 7 then 'July'
        when 8 then 'August'
        when 9 then 'September'
        when 10 then 'October'
        when 11 then 'November'
        when 12 then 'December'
    end as time_identifier,
    'Local authority' as geographic_level,
    place.country_code,
    place.country_name,
    place.region_code,
    place.region_name,
    place.old_la_code,
    place.new_la_code,
    place.la_name,
    case rates.age_band
        when '16-18' then 'Total'
        when '16-17' then 'Age 16 and 17'
        else 'Age ' || rates.age_band
    end as age,
    rates.cohort_count,
    rates.eet_count,
    rates.neet_count,
    rates.not_known_count,
    rates.other_count,
    case
        when months.month_of_year in (12, 1, 2) then 'wards ' || months.academic_year
        else 'month ' || months.period
    end as family,
    months.period || ' ' || rates.age_band as row_key,
    true as is_shown,
    cast(1 as bigint) as periods_summed

from marts.neet_rates as rates
inner join ref.months as months
    on rates.month_end = months.month_end
cross join exports.place as place
where rates.basis = 'recorded'
