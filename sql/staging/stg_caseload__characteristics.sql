-- Circumstances of young people in the caseload as last delivered: one row per
-- person, month end and characteristic.
-- grain: client_id, month_end, characteristic_code
-- column client_id: Id of the young person in the caseload system.
-- column month_end: Last day of the month the record describes.
-- column characteristic_code: A circumstance such as caring or being looked after (ref.characteristics).
-- column gender: Sex as recorded (ref.genders); some groups are of one sex.
select
    records.client_id,
    deliveries.month_end,
    records.characteristic_code,
    max(records.gender) as gender

from raw.caseload as records
inner join staging.stg_caseload__deliveries as deliveries
    on records.file_hash = deliveries.file_hash
    and records.provider = deliveries.provider
    and records.period = deliveries.period
where records.characteristic_code is not null
group by records.client_id, deliveries.month_end, records.characteristic_code
