-- All evidence of what people do, from the caseload and from lists: one row per
-- piece of evidence with the days on which it holds and its rank.
-- grain: person_id, evidence_kind, provider, file_hash, sheet, line, activity_code, start_date, evidence_date
-- materialized: view
-- column person_id: Person of the caseload.
-- column evidence_kind: caseload, provider_list, school_check or ucas_place (ref.evidence_ranks).
-- column provider: Inbox folder of the list; empty for the caseload.
-- column file_hash: Delivered file of the list; empty for the caseload.
-- column sheet: Worksheet of the list; empty for CSV and for the caseload.
-- column line: Line of the list; 0 for the caseload.
-- column activity_code: Activity it is evidence of (ref.activity_codes).
-- column rank_no: Rank of the kind of evidence, 1 is best.
-- column last_month_no: Last month whose caseload held it; 0 for lists.
-- column start_date: First day of the activity, for lists the day that dates the evidence.
-- column evidence_date: Day that dates the evidence.
-- column starts_on: First day on which it holds.
-- column ends_on: Last day on which it holds.
with

evidence as (

    select
        person_id,
        'caseload' as evidence_kind,
        '' as provider,
        '' as file_hash,
        '' as sheet,
        0 as line,
        activity_code,
        last_month_no,
        start_date,
        evidence_date,
        starts_on,
        ends_on

    from intermediate.int_caseload_evidence

    union all

    select
        person_id,
        evidence_kind,
        provider,
        file_hash,
        sheet,
        line,
        activity_code,
        0 as last_month_no,
        evidence_date as start_date,
        evidence_date,
        evidence_date as starts_on,
        ends_on

    from intermediate.int_list_evidence

)

select
    evidence.person_id,
    evidence.evidence_kind,
    evidence.provider,
    evidence.file_hash,
    evidence.sheet,
    evidence.line,
    evidence.activity_code,
    ranks.rank_no,
    evidence.last_month_no,
    evidence.start_date,
    evidence.evidence_date,
    evidence.starts_on,
    evidence.ends_on

from evidence
inner join ref.evidence_ranks as ranks
    on evidence.evidence_kind = ranks.evidence_kind
