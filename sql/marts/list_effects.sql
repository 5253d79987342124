-- What each delivered list did: how its rows were matched to the caseload, and
-- what it told about people whose activity was not known.
-- Counts are rows unless the name says people. A list keeps its effect only
-- where its evidence decides the resolved status of a month end; a list that
-- was replaced or outdated by better evidence shows none.
-- grain: file_hash
-- column file_hash: SHA-256 of the delivered file.
-- column dataset: Kind of list: college_starters, cohort_checks, ucas or interventions.
-- column provider: Inbox folder the list came in.
-- column file_name: Path under the inbox.
-- column academic_year: Academic year of the day of the delivery.
-- column rows_accepted: Rows of the file that were loaded.
-- column current_count: Of these, rows that no newer delivery has replaced.
-- column matched_count: Rows linked to one person of the caseload.
-- column matched_pupil_number_count: Linked by permanent UPN.
-- column matched_learner_number_count: Linked by ULN.
-- column matched_caseload_number_count: Linked by client id.
-- column matched_name_count: Linked by family name, first name and date of birth, unique on both sides.
-- column matched_remembered_count: Linked by the list's own id, which another row confirmed.
-- column matched_likeness_count: Linked by close names, a slip in the date of birth, or all fields together.
-- column matched_decision_count: Linked by a reviewer's decision.
-- column to_review_count: Rows that fit somebody and wait for a reviewer.
-- column unmatched_count: Rows that fit nobody in the caseload.
-- column matched_percent: Matched ÷ rows accepted, per cent; null for an empty list.
-- column people_matched: Different people linked.
-- column not_knowns_resolved: People not known in the return at a month end for whom this list decides the resolved status then.
-- column conflicts: People with a current activity in the return at a month end of another headline group than this list decides then.
-- column delivered_on: Day of the delivery, Europe/London.
-- column missing_reason: no_cohort where the file has no rows; else null.
-- column as_at: Knowledge date of the build.
with

files as (

    select
        file_hash,
        min(dataset) as dataset,
        min(provider) as provider,
        min(file_name) as file_name,
        min(academic_year) as academic_year,
        min(delivered_on) as delivered_on

    from staging.stg_files
    where dataset in ('college_starters', 'cohort_checks', 'ucas', 'interventions')
    group by file_hash

),

links as (

    select
        file_hash,
        count(*) as row_count,
        count(*) filter (where is_current) as current_count,
        count(*) filter (where link_outcome = 'linked') as matched_count,
        count(*) filter (where link_rule = 'upn') as matched_pupil_number_count,
        count(*) filter (where link_rule = 'uln') as matched_learner_number_count,
        count(*) filter (where link_rule = 'client_id') as matched_caseload_number_count,
        count(*) filter (where link_rule = 'name_birth_date') as matched_name_count,
        count(*) filter (where link_rule = 'remembered_id') as matched_remembered_count,
        count(*) filter (
            where link_rule in ('close_name_postcode', 'date_slip_postcode', 'score')
        ) as matched_likeness_count,
        count(*) filter (where link_rule = 'decision') as matched_decision_count,
        count(*) filter (where link_outcome = 'to_review') as to_review_count,
        count(*) filter (where link_outcome = 'unmatched') as unmatched_count,
        count(distinct person_id) as people_matched

    from intermediate.int_people_linked
    group by file_hash

),

decided as (

    select
        evidence.file_hash,
        resolved.person_id,
        bool_or(recorded.headline_group = 'NOT_KNOWN') as resolves,
        bool_or(
            recorded.headline_group <> 'NOT_KNOWN'
            and recorded.headline_group <> resolved.headline_group
        ) as contradicts

    from intermediate.int_statuses_resolved as resolved
    inner join intermediate.int_evidence as evidence
        on resolved.preference_no = evidence.preference_no
    inner join intermediate.int_caseload_months as recorded
        on resolved.person_id = recorded.person_id
        and resolved.month_end = recorded.month_end
    where resolved.is_probable
    group by evidence.file_hash, resolved.person_id

),

effects as (

    select
        file_hash,
        count(*) filter (where resolves) as not_knowns_resolved,
        count(*) filter (where contradicts) as conflicts

    from decided
    group by file_hash

)

select
    files.file_hash,
    files.dataset,
    files.provider,
    files.file_name,
    files.academic_year,
    coalesce(links.row_count, 0) as rows_accepted,
    coalesce(links.current_count, 0) as current_count,
    coalesce(links.matched_count, 0) as matched_count,
    coalesce(links.matched_pupil_number_count, 0) as matched_pupil_number_count,
    coalesce(links.matched_learner_number_count, 0) as matched_learner_number_count,
    coalesce(links.matched_caseload_number_count, 0) as matched_caseload_number_count,
    coalesce(links.matched_name_count, 0) as matched_name_count,
    coalesce(links.matched_remembered_count, 0) as matched_remembered_count,
    coalesce(links.matched_likeness_count, 0) as matched_likeness_count,
    coalesce(links.matched_decision_count, 0) as matched_decision_count,
    coalesce(links.to_review_count, 0) as to_review_count,
    coalesce(links.unmatched_count, 0) as unmatched_count,
    percent_of(links.matched_count, links.row_count) as matched_percent,
    coalesce(links.people_matched, 0) as people_matched,
    coalesce(effects.not_knowns_resolved, 0) as not_knowns_resolved,
    coalesce(effects.conflicts, 0) as conflicts,
    files.delivered_on,
    case when coalesce(links.row_count, 0) = 0 then 'no_cohort' end as missing_reason,
    build.as_at

from files
left join links on files.file_hash = links.file_hash
left join effects on files.file_hash = effects.file_hash
cross join ref.build as build
