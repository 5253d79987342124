-- Caseload as last delivered: one record per young person and month end.
-- A later delivery of the same provider and period replaces the earlier one
-- whole. Rows of one person that differ only in a characteristic are one
-- record here; stg_caseload__characteristics holds what they differ in.
-- What no model asks for, such as ethnicity and address, stays in the lake.
-- Should two providers return the same person for one month, the newer
-- delivery counts.
-- A view: each reader asks for a few columns, and the lake is quick to read them.
-- grain: client_id, month_end
-- materialized: view
-- column client_id: Id of the young person in the caseload system.
-- column month_end: Last day of the month the record describes.
-- column provider: Inbox folder the delivery came in; with the month it names the file.
-- column cohort_status: Whether the person is counted, or how they left (ref.cohort_statuses).
-- column given_name: First name as recorded.
-- column family_name: Family name as recorded.
-- column birth_date: Date of birth.
-- column postcode: Home postcode; ZZ99 9ZZ when unknown.
-- column lead_la_code: Authority of residence.
-- column educated_la_code: Authority of the place of education.
-- column year_11_la_code: Authority that educated the person in Year 11.
-- column upn: Unique pupil number.
-- column uln: Unique learner number.
-- column previous_client_id: Id before a merge of records.
-- column guarantee_status: September Guarantee status (ref.guarantee_statuses).
-- column has_plan: Has a current education, health and care plan.
-- column has_sen_support: Has SEN support without a plan.
-- column activity_code: What the person does (ref.activity_codes).
-- column establishment_number: Seven digits, authority and establishment.
-- column establishment_name: Name of school, college or employer.
-- column ukprn: Provider reference number.
-- column is_lapsed_by_supplier: The supplier counts the record as no longer current; null when it does not say.
-- column start_date: First day of the activity.
-- column ascertained_date: Day the activity was recorded.
-- column verified_date: Day the activity was last confirmed.
-- column lapse_date: Day the record stops being current, by the supplier's reckoning.
-- column predicted_end_date: Planned end of the course.
-- column review_date: Day the record should be looked at again.
-- column neet_start_date: First day of the continuous NEET spell.
select
    records.client_id,
    deliveries.month_end,
    records.provider,
    records.cohort_status,
    records.given_name,
    records.family_name,
    records.birth_date,
    records.postcode,
    records.lead_la_code,
    records.educated_la_code,
    records.year_11_la_code,
    records.upn,
    records.uln,
    records.previous_client_id,
    records.guarantee_status,
    records.send_flag as has_plan,
    records.sen_support_flag as has_sen_support,
    records.activity_code,
    records.establishment_number,
    records.establishment_name,
    records.ukprn,
    records.currency_lapsed as is_lapsed_by_supplier,
    records.start_date,
    records.ascertained_date,
    records.verified_date,
    records.lapse_date,
    records.predicted_end_date,
    records.review_date,
    records.neet_start_date

from raw.caseload as records
inner join staging.stg_caseload__deliveries as deliveries
    on records.file_hash = deliveries.file_hash
    and records.provider = deliveries.provider
    and records.period = deliveries.period
where not exists (
    select 1
    from staging.stg_caseload__surplus_rows as surplus_rows
    where records.line = surplus_rows.line
        and records.file_hash = surplus_rows.file_hash
        and records.provider = surplus_rows.provider
        and records.sheet = surplus_rows.sheet
)
