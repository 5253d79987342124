-- One status for everybody of the cohort at each month end, on both bases:
-- what the statutory return says (recorded) and what all evidence says
-- (resolved). Residence-based, academic age 16 and over.
-- grain: person_id, month_end, basis
-- materialized: view
-- column person_id: Id of the young person in the caseload system.
-- column month_end: Last day of the month.
-- column month_no: Number of the month, year × 12 + month.
-- column basis: recorded or resolved.
-- column academic_age: Age on the 31 August before the month's academic year.
-- column postcode: Home postcode in that month's caseload; empty when there is none.
-- column headline_group: EET, NEET, OTHER, NOT_KNOWN, or EXCLUDED, which is outside the cohort.
-- column is_lapsed: Not known because the record had lapsed.
-- column is_participating: Takes part in education or training in the sense of the participation duty.
-- accepted basis: recorded, resolved
-- accepted headline_group: EET, NEET, OTHER, NOT_KNOWN, EXCLUDED
-- not_null: headline_group, is_lapsed, is_participating, academic_age
select
    person_id,
    month_end,
    month_no,
    'recorded' as basis,
    academic_age,
    coalesce(postcode, '') as postcode,
    headline_group,
    is_lapsed,
    is_participating

from intermediate.int_caseload_months
where is_in_cohort and academic_age >= 16

union all

select
    person_id,
    month_end,
    month_no,
    'resolved' as basis,
    academic_age,
    coalesce(postcode, '') as postcode,
    headline_group,
    is_lapsed,
    is_participating

from intermediate.int_statuses_resolved
