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
-- column is_lapsed: Nothing is current and the month's own record had lapsed.
-- column activity_code: Activity of the deciding evidence; null when nothing is current.
-- column evidence_kind: Kind of the deciding evidence; null when nothing is current.
-- column preference_no: The deciding piece of evidence (int_evidence); null when nothing is current.
-- column is_participating: Takes part in education or training in the sense of the participation duty.
-- column is_probable: The status rests on a list and awaits confirmation.
-- accepted headline_group: EET, NEET, OTHER, NOT_KNOWN, EXCLUDED
-- not_null: headline_group, is_lapsed, is_participating, is_probable
with

tolerance as (

    select cast(value as bigint) as tolerance_days
    from ref.settings
    where name = 'evidence_tolerance_days'

),

current_evidence as (

    select
        cohort.person_no,
        cohort.month_no,
        evidence.preference_no,
        evidence.evidence_date

    from intermediate.int_caseload_months as cohort
    inner join intermediate.int_evidence as evidence
        on cohort.person_no = evidence.person_no
        and evidence.starts_on <= cohort.month_end
        and evidence.ends_on >= cohort.month_end
    where cohort.is_in_cohort and cohort.academic_age >= 16

),

latest_dates as (

    select
        person_no,
        month_no,
        min(preference_no) as preference_no,
        min(evidence_date) as earliest_date,
        max(evidence_date) as latest_date

    from current_evidence
    group by person_no, month_no

),

-- Mostly all that is current bears one date; only the other months need a look
-- at each piece.
preferred as (

    select person_no, month_no, preference_no
    from latest_dates
    where earliest_date = latest_date

    union all

    select
        current_evidence.person_no,
        current_evidence.month_no,
        min(current_evidence.preference_no) as preference_no

    from current_evidence
    inner join latest_dates
        on current_evidence.person_no = latest_dates.person_no
        and current_evidence.month_no = latest_dates.month_no
    cross join tolerance
    where latest_dates.earliest_date < latest_dates.latest_date
        and days_between(current_evidence.evidence_date, latest_dates.latest_date)
            <= tolerance.tolerance_days
    group by current_evidence.person_no, current_evidence.month_no

),

best_evidence as (

    select
        evidence.preference_no,
        evidence.evidence_kind,
        evidence.activity_code,
        evidence.evidence_kind <> 'caseload' as is_probable,
        activities.headline_group,
        coalesce(activities.rpa = 'P', false) as is_participating

    from intermediate.int_evidence as evidence
    inner join ref.activity_codes as activities
        on evidence.activity_code = activities.code

)

select
    records.person_id,
    records.month_end,
    records.month_no,
    records.academic_age,
    records.postcode,
    coalesce(best_evidence.headline_group, 'NOT_KNOWN') as headline_group,
    records.is_lapsed and best_evidence.preference_no is null as is_lapsed,
    best_evidence.activity_code,
    best_evidence.evidence_kind,
    best_evidence.preference_no,
    coalesce(best_evidence.is_participating, false) as is_participating,
    coalesce(best_evidence.is_probable, false) as is_probable

-- Not from the cohort above: what is read twice would be kept in memory whole.
from intermediate.int_caseload_months as records
left join preferred
    on records.person_no = preferred.person_no
    and records.month_no = preferred.month_no
left join best_evidence
    on preferred.preference_no = best_evidence.preference_no
where records.is_in_cohort and records.academic_age >= 16
