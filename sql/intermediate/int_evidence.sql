-- All evidence of what people do, from the caseload and from lists: one row per
-- piece of evidence, with the days on which it holds and its place in the
-- order of preference, which is one for everybody.
-- Where pieces compete, the best rank is preferred (ref.evidence_ranks), then
-- the later date, then file hash and line, the greater first. Which pieces compete at a month end is decided in
-- int_statuses_resolved.
-- grain: preference_no
-- column person_no: Person of the caseload, as a number (int_people).
-- column preference_no: Place in the order of preference; of a person's pieces the least is preferred.
-- column evidence_kind: caseload, provider_list, school_check or ucas_place (ref.evidence_ranks).
-- column file_hash: Delivered file of the list; empty for the caseload.
-- column activity_code: Activity it is evidence of (ref.activity_codes).
-- column evidence_date: Day that dates the evidence.
-- column starts_on: First day on which it holds.
-- column ends_on: Last day on which it holds.
-- not_null: person_no, evidence_kind, activity_code, evidence_date, starts_on, ends_on
with

evidence as (

    select
        person_no,
        'caseload' as evidence_kind,
        '' as provider,
        '' as file_hash,
        '' as sheet,
        0 as line,
        activity_code,
        start_date,
        evidence_date,
        starts_on,
        ends_on

    from intermediate.int_caseload_evidence

    union all

    select
        people.person_no,
        lists.evidence_kind,
        lists.provider,
        lists.file_hash,
        lists.sheet,
        lists.line,
        lists.activity_code,
        lists.evidence_date as start_date,
        lists.evidence_date,
        lists.evidence_date as starts_on,
        lists.ends_on

    from intermediate.int_list_evidence as lists
    inner join intermediate.int_people as people
        on lists.person_id = people.person_id

)

select
    evidence.person_no,
    row_number() over (
        order by
            ranks.rank_no nulls last,
            evidence.evidence_date desc nulls last,
            evidence.file_hash desc nulls last,
            evidence.sheet desc nulls last,
            evidence.line desc nulls last,
            evidence.provider desc nulls last,
            evidence.activity_code nulls last,
            evidence.start_date nulls last,
            evidence.person_no nulls last
    ) as preference_no,
    evidence.evidence_kind,
    evidence.file_hash,
    evidence.activity_code,
    evidence.evidence_date,
    evidence.starts_on,
    evidence.ends_on

from evidence
inner join ref.evidence_ranks as ranks
    on evidence.evidence_kind = ranks.evidence_kind
