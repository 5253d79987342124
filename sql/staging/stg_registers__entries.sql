-- Registers of other services, elective home education and Supporting
-- Families: one row per line of a list. Deliveries of a provider are merged over
-- all years, because a row says itself from when it holds: is_current marks the
-- newest row of each key (register, client id, else name and birth date, and
-- first day).
-- grain: provider, file_hash, sheet, line
-- column provider: Inbox folder the list came in.
-- column file_hash: SHA-256 of the delivered file.
-- column sheet: Worksheet of the delivered file; empty for CSV.
-- column line: Line in the delivered file.
-- column delivered_on: Day of the delivery, Europe/London.
-- column list_year: Academic year of the delivery.
-- column register_code: Which register (ref.registers).
-- column client_id: Caseload id, where the service knows it.
-- column surname: Surname.
-- column forename: First name.
-- column is_current: No newer delivery has replaced the row.
-- column birth_date: Date of birth.
-- column registered_from: First day on the register.
-- column registered_to: Last day on the register; null while it goes on.
-- not_null: is_current, list_year, register_code, registered_from
with

delivered as (

    select
        entries.*,
        coalesce(
            period_months.academic_year,
            case when entries.period like '____/__' then entries.period end,
            entries.academic_year
        ) as list_year

    from raw.registers as entries
    inner join ref.build on entries.delivered_on <= ref.build.as_at
    left join ref.months as period_months
        on entries.period = period_months.period

),

ranked as (

    select
        *,
        row_number() over (
            partition by
                provider,
                register,
                coalesce(
                    client_id,
                    upper(trim(surname)) || '|' || upper(trim(forename)) || '|'
                        || cast(birth_date as varchar(10)),
                    file_hash || '|' || cast(line as varchar(20))
                ),
                registered_from
            order by
                delivered_at desc nulls last,
                file_hash desc nulls last,
                sheet desc nulls last,
                line desc nulls last
        ) as newest_rank

    from delivered

)

select
    provider,
    file_hash,
    sheet,
    line,
    delivered_on,
    list_year,
    register as register_code,
    client_id,
    surname,
    forename,
    newest_rank = 1 as is_current,
    birth_date,
    registered_from,
    registered_to

from ranked
