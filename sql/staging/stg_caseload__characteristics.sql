-- Circumstances of young people in the caseload as last delivered: one row per
-- person, month end and characteristic.
-- grain: client_id, month_end, characteristic_code
-- column client_id: Id of the young person in the caseload system.
-- column month_end: Last day of the month the record describes.
-- column characteristic_code: A circumstance such as caring or being looked after (ref.characteristics).
with

deliveries as (

    select
        provider,
        period,
        file_hash,
        max(delivered_at) as delivered_at

    from raw.caseload
    inner join ref.build on raw.caseload.delivered_on <= ref.build.as_at
    group by provider, period, file_hash

),

ranked_deliveries as (

    select
        provider,
        period,
        file_hash,
        row_number() over (
            partition by provider, period
            order by delivered_at desc nulls last, file_hash desc nulls last
        ) as delivery_rank

    from deliveries

)

select
    records.client_id,
    months.month_end,
    records.characteristic_code

from raw.caseload as records
inner join ranked_deliveries
    on records.file_hash = ranked_deliveries.file_hash
    and records.provider = ranked_deliveries.provider
    and records.period = ranked_deliveries.period
inner join ref.months as months
    on records.period = months.period
where ranked_deliveries.delivery_rank = 1
    and records.characteristic_code is not null
group by records.client_id, months.month_end, records.characteristic_code
