-- Every caseload record judged at its own month end: age, cohort, headline
-- group, and whether it has lapsed. This is what the statutory return says
-- (basis "recorded"): only the month's last delivery speaks, so a later
-- extract with a back-dated start never changes it.
-- Lapsed is what the record says (CurrencyLapsed, else DueToLapseDate before
-- the month end); our own currency rule decides only where it is silent. Where
-- a day is needed and DateVerified is missing, DateAscertained stands in, then
-- the start. A pre-16 code held by somebody of academic age 16 or more is no
-- evidence of what they do now and counts as not known. A review-date rule
-- without a review date gives no lapse.
-- grain: person_id, month_end
-- column person_id: Id of the young person in the caseload system.
-- column person_no: Number of the person in this build (int_people).
-- column month_end: Last day of the month the record describes.
-- column month_no: Number of the month, year × 12 + month.
-- column activity_code: What the person does (ref.activity_codes).
-- column activity_group: Headline group of the activity code, before any lapse.
-- column headline_group: EET, NEET, OTHER, NOT_KNOWN, EXCLUDED (custody of young adults) or PRE16, after lapse.
-- column is_participating: Takes part in education or training in the sense of the participation duty, and has not lapsed.
-- column postcode: Home postcode.
-- column place_no: Where they do it, as the record writes it (int_caseload_places).
-- column academic_age: Age in years on the 31 August before the academic year of the month end.
-- column is_in_cohort: Cohort status P and residence with our authority, at any age.
-- column is_tracked: Cohort status P or G, wherever the person lives.
-- column is_lapsed: The record had a headline group and has lapsed by the month end, so it counts as not known.
-- column is_lapsed_by_rule: What our currency rule says, whatever the record says.
-- column is_lapsed_by_record: What the record says; null when it is silent.
-- column start_date: First day of the activity.
-- column evidence_date: Day the activity was last confirmed.
-- column lapses_on: Last day on which the record is current, from the record, else by our rule; null when it never lapses.
-- column neet_start_date: First day of the continuous NEET spell.
-- accepted headline_group: EET, NEET, OTHER, NOT_KNOWN, EXCLUDED, PRE16
-- not_null: person_no, place_no, headline_group, is_participating, is_in_cohort, is_tracked, is_lapsed, academic_age
with

records as (

    select
        *,
        coalesce(verified_date, ascertained_date, start_date) as evidence_date

    from staging.stg_caseload__people

),

authority as (

    select value as la_code
    from ref.settings
    where name = 'la_code'

),

-- What follows from the activity, so that every record is looked up once.
activities as (

    select
        codes.code,
        codes.headline_group,
        codes.rpa,
        rules.currency_rule,
        rules.months,
        rules.days,
        rules.capped_by_planned_end

    from ref.activity_codes as codes
    left join ref.currency_rules as rules
        on codes.code = rules.code

),

placed as (

    select
        records.*,
        people.person_no,
        places.place_no,
        months.month_no,
        activities.headline_group as activity_group,
        activities.rpa as activity_rpa,
        activities.currency_rule,
        activities.months as rule_months,
        activities.days as rule_days,
        activities.capped_by_planned_end,
        coalesce(evidence_months.academic_year_end, records.evidence_date) as evidence_year_end,
        coalesce(records.cohort_status in ('P', 'G'), false) as is_tracked,
        statuses.in_cohort and records.lead_la_code = authority.la_code as is_in_cohort,
        cast(extract(year from months.academic_year_start) as bigint)
            - cast(extract(year from records.birth_date) as bigint)
            - case when extract(month from records.birth_date) >= 9 then 1 else 0 end
            as academic_age

    from records
    inner join ref.months as months
        on records.month_end = months.month_end
    inner join intermediate.int_people as people
        on records.client_id = people.person_id
    inner join intermediate.int_caseload_places as places
        on coalesce(records.ukprn, '') = coalesce(places.ukprn, '')
        and coalesce(records.establishment_number, '') = coalesce(places.establishment_number, '')
        and coalesce(records.establishment_name, '') = coalesce(places.establishment_name, '')
    cross join authority
    left join activities
        on records.activity_code = activities.code
    left join ref.cohort_statuses as statuses
        on records.cohort_status = statuses.code
    left join ref.months as evidence_months
        on month_no(records.evidence_date) = evidence_months.month_no

),

with_uncapped_lapse as (

    select
        *,
        cast(
            case currency_rule
                when 'academic_year_end' then evidence_year_end
                when 'months' then evidence_date + interval '1' month * rule_months
                when 'review_date' then review_date + interval '1' day * rule_days
            end
            as date
        ) as uncapped_lapse

    from placed

),

with_rule_lapse as (

    select
        *,
        case
            when capped_by_planned_end and predicted_end_date < uncapped_lapse
                then predicted_end_date
            else uncapped_lapse
        end as rule_lapse

    from with_uncapped_lapse

),

with_lapse as (

    select
        *,
        coalesce(rule_lapse < month_end, false) as is_lapsed_by_rule,
        coalesce(is_lapsed_by_supplier, lapse_date < month_end) as is_lapsed_by_record

    from with_rule_lapse

),

judged as (

    select
        *,
        coalesce(is_lapsed_by_record, is_lapsed_by_rule)
            and activity_group <> 'NOT_KNOWN' as is_lapsed

    from with_lapse

)

select
    client_id as person_id,
    person_no,
    month_end,
    month_no,
    activity_code,
    activity_group,
    case
        when is_lapsed then 'NOT_KNOWN'
        when activity_group = 'PRE16' and academic_age >= 16 then 'NOT_KNOWN'
        else activity_group
    end as headline_group,
    coalesce(not is_lapsed and activity_rpa = 'P', false) as is_participating,
    postcode,
    place_no,
    academic_age,
    is_in_cohort,
    is_tracked,
    is_lapsed,
    is_lapsed_by_rule,
    is_lapsed_by_record,
    start_date,
    evidence_date,
    coalesce(lapse_date, rule_lapse) as lapses_on,
    neet_start_date

from judged
