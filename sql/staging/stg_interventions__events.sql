-- Advisers' log: one row per line of a list. Deliveries of a provider and
-- academic year are merged: is_current marks the newest row of each key
-- (client, date, kind).
-- grain: provider, file_hash, sheet, line
-- column provider: Inbox folder the delivery came in.
-- column file_hash: SHA-256 of the delivered file.
-- column sheet: Worksheet of the delivered file; empty for CSV.
-- column line: Line in the delivered file.
-- column delivered_on: Day of the delivery, Europe/London.
-- column list_year: Academic year the list is about.
-- column client_id: Caseload id of the young person.
-- column intervention_kind: What was done (ref.intervention_kinds).
-- column is_current: Newest row of its key in the provider's academic year.
-- column intervention_date: Day of the event.
-- not_null: is_current, list_year
with

dated as (

    select
        events.*,
        coalesce(
            period_months.academic_year,
            case when events.period like '____/__' then events.period end,
            events.academic_year
        ) as list_year

    from raw.interventions as events
    inner join ref.build on events.delivered_on <= ref.build.as_at
    left join ref.months as period_months
        on events.period = period_months.period

),

ranked as (

    select
        *,
        row_number() over (
            partition by provider, list_year, client_id, intervention_date, kind
            order by
                delivered_at desc nulls last,
                file_hash desc nulls last,
                sheet desc nulls last,
                line desc nulls last
        ) as newest_rank

    from dated

)

select
    provider,
    file_hash,
    sheet,
    line,
    delivered_on,
    list_year,
    client_id,
    kind as intervention_kind,
    newest_rank = 1 as is_current,
    intervention_date

from ranked
