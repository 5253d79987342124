-- The caseload file that counts for each provider and month: the one delivered
-- last, as far as the build knows; equal moments are decided by the file hash.
-- grain: provider, period
-- column provider: Inbox folder the delivery came in.
-- column period: Month the extract describes, 2021-10.
-- column month_end: Last day of that month.
-- column file_hash: The file.
-- column delivered_at: When it was delivered.
with

deliveries as (

    select
        records.provider,
        records.period,
        records.file_hash,
        max(records.delivered_at) as delivered_at

    from raw.caseload as records
    where records.delivered_on <= (select as_at from ref.build)
    group by records.provider, records.period, records.file_hash

),

ranked as (

    select
        provider,
        period,
        file_hash,
        delivered_at,
        row_number() over (
            partition by provider, period
            order by delivered_at desc nulls last, file_hash desc nulls last
        ) as delivery_rank

    from deliveries

)

select
    ranked.provider,
    ranked.period,
    months.month_end,
    ranked.file_hash,
    ranked.delivered_at

from ranked
inner join ref.months as months
    on ranked.period = months.period
where ranked.delivery_rank = 1
