-- The Activity Survey of the borough's leavers of Year 11 by year. Before
-- disclosure control. Education-based.
-- grain: leaving_year
-- column leaving_year: Calendar year in which the pupils left Year 11.
-- column academic_year: Academic year that holds the 1 November.
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
-- column population: Who is counted.
-- column leaver_count: Pupils on the roll of Year 11 on 31 May.
-- column known_count: Of these, those whose activity is known: the base of the rates.
-- column not_known_count: Not known, no longer current, or not in the caseload.
-- column excluded_count: Young adults in custody; never shown, and protected all the same.
-- column meeting_count: Meeting the duty to participate.
-- column working_towards_count: Working towards it.
-- column temporary_break_count: On a temporary break.
-- column not_meeting_count: Not meeting it.
-- column family: Rows of one family share sums, and are protected together.
-- column row_key: Names the row within its table in every edition.
-- column is_shown: Whether the row is published; one that is not is protected all the same.
-- column periods_summed: Month ends that the counts sum over; what is published is their mean.
-- not_null: family, row_key, leaver_count
select
    survey.leaving_year,
    survey.academic_year,
    substr(survey.academic_year, 1, 4) || substr(survey.academic_year, 6, 2) as time_period,
    'Academic year' as time_identifier,
    'Local authority' as geographic_level,
    place.country_code,
    place.country_name,
    place.region_code,
    place.region_name,
    place.old_la_code,
    place.new_la_code,
    place.la_name,
    'Total' as population,
    survey.leaver_count,
    survey.known_count,
    survey.not_known_count,
    survey.excluded_count,
    survey.meeting_count,
    survey.working_towards_count,
    survey.temporary_break_count,
    survey.not_meeting_count,
    'pupils ' || cast(survey.leaving_year as varchar(10)) as family,
    cast(survey.leaving_year as varchar(10)) as row_key,
    true as is_shown,
    cast(1 as bigint) as periods_summed

from marts.activity_survey as survey
cross join exports.place as place
where survey.institution = 'all'
