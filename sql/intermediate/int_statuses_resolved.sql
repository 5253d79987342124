-- What people of the cohort do at each month end, by the best of all evidence
-- (basis "resolved"). Cohort, age and postcode are those of the month's
-- caseload, so that both bases count the same people.
-- Among what is current at the month end the latest dated evidence counts, and
-- with it what is dated within the tolerance before it (ref.settings
-- evidence_tolerance_days); among these the preferred piece decides
-- (int_evidence). Nothing current is not known. NEET only ever comes from the
-- caseload. A status that rests on a list is probable until somebody confirms
-- it.
-- grain: person_id, month_end
-- column person_id: Id of the young person in the caseload system.
-- column month_end: Last day of the month.
-- column month_no: Number of the month, year × 12 + month.
-- column academic_age: Age on the 31 August before the month's academic year.
-- column postcode: Home postcode in that month's caseload.
-- column headline_group: EET, NEET, OTHER, NOT_KNOWN or EXCLUDED.
-- column rpa: Participation by the activity code; null when nothing is current.
-- column is_lapsed: Nothing is current and the month's own record had lapsed.
-- column activity_code: Activity of the deciding evidence; null when nothing is current.
-- column evidence_kind: Kind of the deciding evidence; null when nothing is current.
-- column file_hash: Delivered list of the deciding evidence; empty for the caseload, null when nothing is current.
-- column evidence_date: Day that dates the deciding evidence.
-- column is_probable: The status rests on a list and awaits confirmation.
-- accepted headline_group: EET, NEET, OTHER, NOT_KNOWN, EXCLUDED
-- not_null: headline_group, is_lapsed, is_probable
with

cohort as (

    select
        person_id,
        month_end,
        month_no,
        academic_age,
        postcode,
        is_lapsed

    from intermediate.int_caseload_months
    where is_in_cohort and academic_age >= 16

),

tolerance as (

    select cast(value as bigint) as tolerance_days
    from ref.settings
    where name = 'evidence_tolerance_days'

),

current_evidence as (

    select
        cohort.person_id,
        cohort.month_end,
        evidence.preference_no,
        evidence.evidence_date

    from cohort
    inner join intermediate.int_evidence as evidence
        on cohort.person_id = evidence.person_id
        and evidence.starts_on <= cohort.month_end
        and evidence.ends_on >= cohort.month_end

),

latest_dates as (

    select
        person_id,
        month_end,
        max(evidence_date) as latest_date

    from current_evidence
    group by person_id, month_end

),

preferred as (

    select
        current_evidence.person_id,
        current_evidence.month_end,
        min(current_evidence.preference_no) as preference_no

    from current_evidence
    inner join latest_dates
        on current_evidence.person_id = latest_dates.person_id
        and current_evidence.month_end = latest_dates.month_end
    cross join tolerance
    where days_between(current_evidence.evidence_date, latest_dates.latest_date)
        <= tolerance.tolerance_days
    group by current_evidence.person_id, current_evidence.month_end

),

best_evidence as (

    select
        preferred.person_id,
        preferred.month_end,
        evidence.evidence_kind,
        evidence.file_hash,
        evidence.activity_code,
        evidence.evidence_date,
        activities.headline_group,
        activities.rpa

    from preferred
    inner join intermediate.int_evidence as evidence
        on preferred.person_id = evidence.person_id
        and preferred.preference_no = evidence.preference_no
    inner join ref.activity_codes as activities
        on evidence.activity_code = activities.code

)

select
    cohort.person_id,
    cohort.month_end,
    cohort.month_no,
    cohort.academic_age,
    cohort.postcode,
    coalesce(best_evidence.headline_group, 'NOT_KNOWN') as headline_group,
    best_evidence.rpa,
    cohort.is_lapsed and best_evidence.person_id is null as is_lapsed,
    best_evidence.activity_code,
    best_evidence.evidence_kind,
    best_evidence.file_hash,
    best_evidence.evidence_date,
    coalesce(best_evidence.evidence_kind <> 'caseload', false) as is_probable

from cohort
left join best_evidence
    on cohort.person_id = best_evidence.person_id
    and cohort.month_end = best_evidence.month_end
