-- What became of the leavers of Year 11: the pupils of the cohort frozen on 31
-- May, with the activity in force on 1 November, the status at 31 October, the
-- days NEET in the six months after, and whether they were at risk and supported
-- before they left. Education-based: caseload records of pupils who live
-- elsewhere are accepted.
-- In force on 1 November is the record of November's extract when it had begun by
-- that day, else that of October's; of November only cohort statuses P and G
-- count, as of October.
-- grain: leaving_year, institution, pupil_key
-- column leaving_year: Calendar year in which the pupil leaves Year 11.
-- column institution: School.
-- column pupil_key: Person of the caseload, else UPN, else name and birth date.
-- column person_id: Person of the caseload; null when not linked.
-- column roll_rank: 1 on one roll only for a pupil of several.
-- column survey_duty: Participation by the activity in force on 1 November: P, W, T, N, X; null when not known or no longer current.
-- column survey_activity_code: That activity; null when there is no record.
-- column has_survey_record: The caseload holds a record in force on 1 November.
-- column october_group: Headline group at 31 October; null without a record.
-- column is_at_risk: At risk of NEET, by the school or the scheme.
-- column risk_basis: school_flag, scheme or none.
-- column is_supported: An adviser intervened before 31 August of Year 11.
-- column neet_days: Days NEET from 1 September to the end of February.
-- not_null: roll_rank, has_survey_record, is_at_risk, is_supported, neet_days
with

leavers as (

    select
        risks.leaving_year,
        risks.institution,
        risks.pupil_key,
        risks.person_id,
        risks.is_at_risk,
        risks.risk_basis,
        septembers.month_start as window_start,
        septembers.month_no as september_no,
        cast(februaries.month_end + interval '1' day as date) as window_end,
        row_number() over (
            partition by risks.leaving_year, risks.pupil_key
            order by risks.institution nulls last
        ) as roll_rank

    from intermediate.int_pupil_risks as risks
    inner join ref.months as septembers
        on risks.leaving_year * 12 + 9 = septembers.month_no
    inner join ref.months as februaries
        on septembers.month_no + 5 = februaries.month_no

),

linked as (

    select distinct leaving_year, person_id, september_no, window_start, window_end
    from leavers
    where person_id is not null

),

records as (

    select
        linked.leaving_year,
        linked.person_id,
        months.month_no - linked.september_no as months_after,
        months.headline_group,
        months.activity_code,
        activities.headline_group as activity_group,
        activities.rpa as activity_rpa,
        months.is_lapsed,
        months.lapses_on,
        months.start_date,
        cast(linked.window_start + interval '2' month as date) as survey_day

    from linked
    inner join intermediate.int_caseload_months as months
        on linked.person_id = months.person_id
        and months.month_no in (linked.september_no + 1, linked.september_no + 2)
        and months.is_tracked
    left join ref.activity_codes as activities
        on months.activity_code = activities.code

),

in_force as (

    select
        *,
        row_number() over (
            partition by leaving_year, person_id
            order by months_after desc nulls last
        ) as newest_rank

    from records
    where months_after = 1 or start_date <= survey_day

),

survey as (

    select
        leaving_year,
        person_id,
        activity_code,
        case
            when activity_group in ('NOT_KNOWN', 'PRE16') then null
            when not is_lapsed and (lapses_on is null or lapses_on >= survey_day)
                then activity_rpa
            when is_lapsed and months_after = 2 and lapses_on >= survey_day
                then activity_rpa
            when not is_lapsed and months_after = 2 then activity_rpa
        end as survey_duty

    from in_force
    where newest_rank = 1

),

supported as (

    select distinct linked.leaving_year, linked.person_id
    from linked
    inner join intermediate.int_people_linked as links
        on links.dataset = 'interventions'
        and linked.person_id = links.person_id
    inner join staging.stg_interventions__events as events
        on links.provider = events.provider
        and links.file_hash = events.file_hash
        and links.sheet = events.sheet
        and links.line = events.line
    inner join ref.intervention_kinds as kinds
        on events.intervention_kind = kinds.code
        and kinds.is_intervention
    where events.is_current
        and events.intervention_date < cast(linked.window_start - interval '1' day as date)

),

spell_parts as (

    select
        linked.leaving_year,
        linked.person_id,
        case
            when spells.started_on > linked.window_start then spells.started_on
            else linked.window_start
        end as part_start,
        case
            when coalesce(spells.ended_on, cast(spells.last_month_end + interval '1' day as date))
                < linked.window_end
                then coalesce(spells.ended_on, cast(spells.last_month_end + interval '1' day as date))
            else linked.window_end
        end as part_end

    from linked
    inner join intermediate.int_neet_spells as spells
        on linked.person_id = spells.person_id
        and spells.started_on < linked.window_end

),

days as (

    select
        leaving_year,
        person_id,
        cast(sum(days_between(part_start, part_end)) as bigint) as neet_days

    from spell_parts
    where part_start < part_end
    group by leaving_year, person_id

)

select
    leavers.leaving_year,
    leavers.institution,
    leavers.pupil_key,
    leavers.person_id,
    leavers.roll_rank,
    survey.survey_duty,
    survey.activity_code as survey_activity_code,
    survey.person_id is not null as has_survey_record,
    octobers.headline_group as october_group,
    leavers.is_at_risk,
    leavers.risk_basis,
    supported.person_id is not null as is_supported,
    coalesce(days.neet_days, 0) as neet_days

from leavers
left join survey
    on leavers.leaving_year = survey.leaving_year
    and leavers.person_id = survey.person_id
left join records as octobers
    on leavers.leaving_year = octobers.leaving_year
    and leavers.person_id = octobers.person_id
    and octobers.months_after = 1
left join supported
    on leavers.leaving_year = supported.leaving_year
    and leavers.person_id = supported.person_id
left join days
    on leavers.leaving_year = days.leaving_year
    and leavers.person_id = days.person_id
