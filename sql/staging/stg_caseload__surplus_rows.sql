-- Rows of the caseload that repeat a person within a month and are not the
-- record itself: further characteristics of one file, and the record of the
-- older delivery where two providers return the same person.
-- grain: file_hash, provider, sheet, line
-- column file_hash: The file.
-- column provider: Inbox folder the delivery came in.
-- column sheet: Sheet of the workbook; empty for CSV.
-- column line: Line in the file.
with

crowded_months as (

    select period
    from staging.stg_caseload__deliveries
    group by period
    having count(*) > 1

),

-- Ingest lets a person stand twice in one file only to hold characteristics,
-- so few people have to be looked at.
candidates as (

    select
        records.client_id,
        records.period

    from raw.caseload as records
    inner join staging.stg_caseload__deliveries as deliveries
        on records.file_hash = deliveries.file_hash
        and records.provider = deliveries.provider
        and records.period = deliveries.period
    where records.characteristic_code is not null
        or records.period in (select period from crowded_months)
    group by records.client_id, records.period

),

ranked as (

    select
        records.file_hash,
        records.provider,
        records.sheet,
        records.line,
        row_number() over (
            partition by records.client_id, records.period
            order by
                deliveries.delivered_at desc nulls last,
                records.file_hash desc nulls last,
                records.provider nulls last,
                records.sheet nulls last,
                records.line nulls last
        ) as row_rank

    from raw.caseload as records
    inner join staging.stg_caseload__deliveries as deliveries
        on records.file_hash = deliveries.file_hash
        and records.provider = deliveries.provider
        and records.period = deliveries.period
    inner join candidates
        on records.client_id = candidates.client_id
        and records.period = candidates.period

)

select
    file_hash,
    provider,
    sheet,
    line

from ranked
where row_rank > 1
