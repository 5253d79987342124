-- Where everybody of the residents' cohort stands at the last month end
-- delivered: what the return says, what all evidence says, and when somebody was
-- last in touch. What a tracker works from. Residence-based, academic age 16 and
-- over.
-- grain: person_id
-- column person_id: Id of the young person in the caseload system.
-- column month_end: Last month end delivered.
-- column academic_age: Academic age at that month end.
-- column postcode: Home postcode in the caseload.
-- column activity_code: Activity of the record.
-- column activity_group: Headline group of the activity, before any lapse.
-- column recorded_group: Headline group in the return, after lapse.
-- column resolved_group: Headline group by all evidence.
-- column resolved_kind: Kind of the deciding evidence; null when nothing is current.
-- column resolved_provider: Inbox folder of the deciding list; null for the caseload.
-- column is_lapsed: The record has lapsed.
-- column is_vulnerable: Belongs to a vulnerable group.
-- column started_on: First day of the activity.
-- column neet_since: First day of the NEET spell; null unless NEET.
-- column lapses_on: Last day on which the record is current; null when it never lapses.
-- column review_on: Day the record should be looked at again.
-- column recorded_on: Day the activity was last confirmed.
-- column resolved_on: Day that dates the deciding evidence.
-- column last_contact_on: Last day an adviser was in touch, by the log or by the confirmation of the record.
-- not_null: recorded_group, resolved_group, is_lapsed, is_vulnerable
with

last_month as (

    select max(month_end) as month_end
    from intermediate.int_caseload_months
    where is_in_cohort

),

records as (

    select months.*
    from intermediate.int_caseload_months as months
    inner join last_month on months.month_end = last_month.month_end
    where months.is_in_cohort
        and months.academic_age >= 16
        and months.headline_group <> 'EXCLUDED'

),

contacts as (

    select
        links.person_id,
        max(events.intervention_date) as contacted_on

    from staging.stg_interventions__events as events
    inner join ref.intervention_kinds as kinds
        on events.intervention_kind = kinds.code
        and kinds.is_contact
    inner join intermediate.int_people_linked as links
        on links.dataset = 'interventions'
        and events.provider = links.provider
        and events.file_hash = links.file_hash
        and events.sheet = links.sheet
        and events.line = links.line
    where events.is_current
    group by links.person_id

),

reviews as (

    select caseload.client_id as person_id, caseload.review_date
    from staging.stg_caseload__people as caseload
    inner join last_month on caseload.month_end = last_month.month_end
    where caseload.review_date is not null

),

grouped as (

    select distinct members.person_id
    from intermediate.int_group_members as members
    inner join last_month on members.month_end = last_month.month_end

),

lists as (

    select file_hash, min(provider) as provider
    from staging.stg_files
    group by file_hash

)

select
    records.person_id,
    records.month_end,
    records.academic_age,
    records.postcode,
    records.activity_code,
    records.activity_group,
    records.headline_group as recorded_group,
    coalesce(resolved.headline_group, records.headline_group) as resolved_group,
    resolved.evidence_kind as resolved_kind,
    case when resolved.is_probable then lists.provider end as resolved_provider,
    records.is_lapsed,
    grouped.person_id is not null as is_vulnerable,
    records.start_date as started_on,
    case when records.headline_group = 'NEET'
        then coalesce(records.neet_start_date, records.start_date)
    end as neet_since,
    records.lapses_on,
    reviews.review_date as review_on,
    records.evidence_date as recorded_on,
    evidence.evidence_date as resolved_on,
    case
        when records.activity_group = 'NOT_KNOWN' then contacts.contacted_on
        when contacts.contacted_on > records.evidence_date then contacts.contacted_on
        else records.evidence_date
    end as last_contact_on

from records
left join intermediate.int_statuses_resolved as resolved
    on records.person_id = resolved.person_id
    and records.month_end = resolved.month_end
left join intermediate.int_evidence as evidence
    on resolved.preference_no = evidence.preference_no
left join lists on evidence.file_hash = lists.file_hash
left join contacts on records.person_id = contacts.person_id
left join reviews on records.person_id = reviews.person_id
left join grouped on records.person_id = grouped.person_id
