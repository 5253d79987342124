-- Applications to higher education as centres listed them: one row per line of
-- a list. Deliveries of a centre and academic year are merged: is_current
-- marks the newest row of each key (personal id, provider, course, entry year).
-- A place is evidence of a place, not of attendance.
-- grain: provider, file_hash, sheet, line
-- column provider: Inbox folder of the centre.
-- column file_hash: SHA-256 of the delivered file.
-- column sheet: Worksheet of the delivered file; empty for CSV.
-- column line: Line in the delivered file.
-- column delivered_on: Day of the delivery, Europe/London.
-- column list_year: Academic year the list is about.
-- column list_person_key: UCAS Personal ID of the applicant.
-- column surname: Surname.
-- column forename: First names.
-- column postcode: Home postcode.
-- column centre_name: School or college that helped with the application.
-- column provider_name: University or college applied to.
-- column provider_code: UCAS code of the university or college.
-- column application_status: How the application stands (ref.ucas_statuses).
-- column entry_year: Calendar year in which the course starts.
-- column is_current: Newest row of its key in the centre's academic year.
-- column is_place: The applicant holds a place.
-- column is_deferred: Entry was put off; the entry year already says to when.
-- column birth_date: Date of birth.
-- column status_date: Day of the status.
-- not_null: is_current, is_place, list_year
with

dated as (

    select
        applications.*,
        coalesce(
            period_months.academic_year,
            case when applications.period like '____/__' then applications.period end,
            applications.academic_year
        ) as list_year

    from raw.ucas as applications
    inner join ref.build on applications.delivered_on <= ref.build.as_at
    left join ref.months as period_months
        on applications.period = period_months.period

),

ranked as (

    select
        *,
        row_number() over (
            partition by
                provider,
                list_year,
                ucas_personal_id,
                coalesce(provider_code, upper(trim(provider_name))),
                coalesce(course_code, upper(trim(course_title))),
                entry_year
            order by
                delivered_at desc nulls last,
                file_hash desc nulls last,
                sheet desc nulls last,
                line desc nulls last
        ) as newest_rank

    from dated

)

select
    ranked.provider,
    ranked.file_hash,
    ranked.sheet,
    ranked.line,
    ranked.delivered_on,
    ranked.list_year,
    ranked.ucas_personal_id as list_person_key,
    ranked.surname,
    ranked.forename,
    ranked.postcode,
    ranked.centre_name,
    ranked.provider_name,
    ranked.provider_code,
    ranked.application_status,
    ranked.entry_year,
    ranked.newest_rank = 1 as is_current,
    coalesce(statuses.is_place, false) as is_place,
    coalesce(ranked.deferred_flag, false) as is_deferred,
    ranked.birth_date,
    ranked.status_date

from ranked
left join ref.ucas_statuses as statuses
    on ranked.application_status = statuses.code
