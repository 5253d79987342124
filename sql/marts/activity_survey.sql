-- The Annual Activity Survey: leavers of Year 11 by the participation duty, with
-- the activity in force on 1 November. Education-based: pupils on our schools'
-- rolls on 31 May, wherever they live, by what the caseload recorded. The rates
-- leave the not known, and young adults in custody, outside the base.
-- grain: leaving_year, institution
-- column leaving_year: Calendar year in which the pupils left Year 11.
-- column academic_year: Academic year that holds the 1 November.
-- column institution: School; all is the borough, where a pupil of two rolls counts once.
-- column leaver_count: Pupils on the roll of Year 11 on 31 May.
-- column known_count: Of these, those whose activity is known and current: the base of the rates.
-- column meeting_count: Meeting the duty to participate (RPA P).
-- column working_towards_count: Working towards it (W): re-engagement, or a start agreed that will meet the duty.
-- column temporary_break_count: On a temporary break (T): carers, parents, pregnancy, illness.
-- column not_meeting_count: Not meeting it (N), jobs without training included.
-- column excluded_count: Young adults in custody (X), outside the base.
-- column not_known_count: Not known, no longer current, or not in the caseload; outside the base.
-- column no_record_count: Part of not_known_count: no caseload record in force on 1 November.
-- column meeting_percent: Meeting ÷ known, per cent; null when nobody is known.
-- column working_towards_percent: Working towards ÷ known, per cent.
-- column temporary_break_percent: Temporary break ÷ known, per cent.
-- column not_meeting_percent: Not meeting ÷ known, per cent.
-- column not_known_percent: Not known ÷ leavers, per cent; of all leavers, not of the base.
-- column missing_reason: no_cohort where the rates are null; else null.
-- column as_at: Knowledge date of the build.
-- not_null: academic_year, leaver_count, known_count
-- export: internal
with

leavers as (

    select leaving_year, institution, survey_duty, has_survey_record
    from intermediate.int_school_leavers

    union all

    select leaving_year, 'all' as institution, survey_duty, has_survey_record
    from intermediate.int_school_leavers
    where roll_rank = 1

),

counts as (

    select
        leaving_year,
        institution,
        count(*) as leaver_count,
        count(*) filter (where survey_duty in ('P', 'W', 'T', 'N')) as known_count,
        count(*) filter (where survey_duty = 'P') as meeting_count,
        count(*) filter (where survey_duty = 'W') as working_towards_count,
        count(*) filter (where survey_duty = 'T') as temporary_break_count,
        count(*) filter (where survey_duty = 'N') as not_meeting_count,
        count(*) filter (where survey_duty = 'X') as excluded_count,
        count(*) filter (where coalesce(survey_duty, '-') not in ('P', 'W', 'T', 'N', 'X'))
            as not_known_count,
        count(*) filter (where not has_survey_record) as no_record_count

    from leavers
    group by leaving_year, institution

)

select
    counts.leaving_year,
    novembers.academic_year,
    counts.institution,
    counts.leaver_count,
    counts.known_count,
    counts.meeting_count,
    counts.working_towards_count,
    counts.temporary_break_count,
    counts.not_meeting_count,
    counts.excluded_count,
    counts.not_known_count,
    counts.no_record_count,
    percent_of(counts.meeting_count, counts.known_count) as meeting_percent,
    percent_of(counts.working_towards_count, counts.known_count) as working_towards_percent,
    percent_of(counts.temporary_break_count, counts.known_count) as temporary_break_percent,
    percent_of(counts.not_meeting_count, counts.known_count) as not_meeting_percent,
    percent_of(counts.not_known_count, counts.leaver_count) as not_known_percent,
    case when counts.known_count = 0 then 'no_cohort' end as missing_reason,
    build.as_at

from counts
inner join ref.months as novembers
    on novembers.month_no = counts.leaving_year * 12 + 11
cross join ref.build as build
where build.as_at >= novembers.month_start
