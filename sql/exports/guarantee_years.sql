-- The September Guarantee of the borough by year and year group, once it is
-- final. Before disclosure control. Education-based: the rolls of our schools
-- and colleges.
-- grain: guarantee_year, year_group
-- column guarantee_year: Calendar year of the September.
-- column academic_year: Academic year that holds that September.
-- column year_group: Y11, Y12 or Y11-12, both together.
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
-- column school_year: The year group in words.
-- column cohort_count: Pupils on the roll on 31 May.
-- column offer_made_count: Offers of a place, those to later joiners included.
-- column offer_not_appropriate_count: Pupils for whom an offer is not appropriate.
-- column no_offer_count: Pupils without an offer.
-- column not_recorded_count: Pupils of whom nothing is recorded.
-- column later_joiner_offer_count: Offers to pupils who joined after 31 May; never shown, taken to be known.
-- column family: Rows of one family share sums, and are protected together.
-- column row_key: Names the row within its table in every edition.
-- column is_shown: Whether the row is published; one that is not is protected all the same.
-- column periods_summed: Month ends that the counts sum over; what is published is their mean.
-- not_null: family, row_key, cohort_count
select
    offers.guarantee_year,
    offers.academic_year,
    offers.year_group,
    substr(offers.academic_year, 1, 4) || substr(offers.academic_year, 6, 2) as time_period,
    'Academic year' as time_identifier,
    'Local authority' as geographic_level,
    place.country_code,
    place.country_name,
    place.region_code,
    place.region_name,
    place.old_la_code,
    place.new_la_code,
    place.la_name,
    case offers.year_group
        when 'Y11-12' then 'Total'
        when 'Y11' then 'Year 11'
        else 'Year 12'
    end as school_year,
    offers.cohort_count,
    offers.offer_made_count,
    offers.offer_not_appropriate_count,
    offers.no_offer_count,
    offers.not_recorded_count,
    offers.later_joiner_offer_count,
    'pupils ' || cast(offers.guarantee_year as varchar(10)) as family,
    cast(offers.guarantee_year as varchar(10)) || ' ' || offers.year_group as row_key,
    true as is_shown,
    cast(1 as bigint) as periods_summed

from marts.september_guarantee as offers
cross join exports.place as place
where offers.institution = 'all'
    and offers.is_final
