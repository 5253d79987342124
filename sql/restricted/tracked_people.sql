-- Where everybody of the residents' cohort stood at the last month end delivered.
-- Two nights side by side say why somebody came onto the list of follow-ups or
-- left it. Residence-based, academic age 16 and over.
-- grain: person_id
-- column person_id: Person of the caseload.
-- column month_end: Last month end delivered.
-- column activity_code: Activity of the record.
-- column recorded_group: Headline group in the return, after lapse.
-- column resolved_group: Headline group by all evidence.
-- column resolved_provider: Inbox folder of the deciding list; null for the caseload.
-- not_null: recorded_group, resolved_group
select
    person_id,
    month_end,
    activity_code,
    recorded_group,
    resolved_group,
    resolved_provider

from intermediate.int_latest_records
