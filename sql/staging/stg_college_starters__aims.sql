-- Starters and leavers of colleges and training providers, both layouts in
-- one shape. One row per line of a list; a line of the learner record is an aim.
-- Deliveries of a provider and academic year are merged: is_current marks the
-- newest row of each key (learner reference or ULN, aim and start; in the
-- template name, birth date and start). A row missing from a newer list means
-- nothing. The academic year of a delivery is its period, which the manifest
-- may name, else that of the day it was delivered.
-- grain: provider, file_hash, sheet, line
-- column provider: Inbox folder the delivery came in.
-- column file_hash: SHA-256 of the delivered file.
-- column sheet: Worksheet of the delivered file; empty for CSV.
-- column line: Line in the delivered file.
-- column layout: template or ilr.
-- column delivered_on: Day of the delivery, Europe/London.
-- column list_year: Academic year the list is about.
-- column list_year_start: 1 September of that year.
-- column list_year_end: 31 August that ends that year.
-- column list_person_key: The provider's own id of the learner; null in the template.
-- column upn: Unique pupil number.
-- column uln: Unique learner number.
-- column surname: Family name.
-- column forename: First names.
-- column postcode: Home postcode.
-- column ukprn: Provider reference number.
-- column establishment_number: DfE number of the provider.
-- column aim_reference: Learning aim.
-- column completion_status: 1 continuing, 2 completed, 3 withdrawn, 6 break.
-- column is_current: Newest row of its key in the provider's academic year.
-- column is_apprenticeship: The aim is part of an apprenticeship.
-- column has_withdrawn: The learner ended the place, which a move to another aim of the provider does not.
-- column birth_date: Date of birth.
-- column start_date: First day.
-- column end_date: Last day, once the place or aim has ended.
-- not_null: is_current, has_withdrawn, list_year_start, list_year_end
with

delivered as (

    select
        provider, file_hash, sheet, line, delivered_at, delivered_on,
        academic_year, period,
        'template' as layout,
        cast(null as varchar(100)) as learner_reference,
        upn,
        cast(null as varchar(100)) as uln,
        surname, forename, postcode, birth_date, ukprn, establishment_number,
        cast(null as varchar(100)) as aim_reference,
        cast(null as varchar(100)) as completion_status,
        cast(null as varchar(100)) as withdraw_reason,
        cast(null as varchar(100)) as fund_model,
        cast(null as varchar(100)) as programme_type,
        start_date, end_date

    from raw.college_starters_template

    union all

    select
        provider, file_hash, sheet, line, delivered_at, delivered_on,
        academic_year, period,
        'ilr' as layout,
        learner_reference,
        cast(null as varchar(100)) as upn,
        uln,
        family_name as surname, given_names as forename, postcode, birth_date, ukprn,
        cast(null as varchar(100)) as establishment_number,
        aim_reference,
        completion_status,
        withdraw_reason,
        fund_model,
        programme_type,
        start_date,
        actual_end_date as end_date

    from raw.college_starters_ilr

),

dated as (

    select
        delivered.*,
        years.academic_year as list_year,
        years.academic_year_start as list_year_start,
        years.academic_year_end as list_year_end

    from delivered
    inner join ref.build on delivered.delivered_on <= ref.build.as_at
    left join ref.months as period_months
        on delivered.period = period_months.period
    inner join ref.months as years
        on years.month_of_year = 9
        and years.academic_year = coalesce(
            period_months.academic_year,
            case when delivered.period like '____/__' then delivered.period end,
            delivered.academic_year
        )

),

keyed as (

    select
        *,
        case layout
            when 'ilr' then coalesce(learner_reference, uln)
            else upper(trim(surname)) || '|' || upper(trim(forename)) || '|'
                || cast(birth_date as varchar(10))
        end as person_key

    from dated

),

ranked as (

    select
        *,
        row_number() over (
            partition by
                provider, list_year, layout, person_key, aim_reference, start_date
            order by
                delivered_at desc nulls last,
                file_hash desc nulls last,
                sheet desc nulls last,
                line desc nulls last
        ) as newest_rank

    from keyed

)

select
    ranked.provider,
    ranked.file_hash,
    ranked.sheet,
    ranked.line,
    ranked.layout,
    ranked.delivered_on,
    ranked.list_year,
    ranked.list_year_start,
    ranked.list_year_end,
    ranked.learner_reference as list_person_key,
    ranked.upn,
    ranked.uln,
    ranked.surname,
    ranked.forename,
    ranked.postcode,
    ranked.ukprn,
    ranked.establishment_number,
    ranked.aim_reference,
    ranked.completion_status,
    ranked.newest_rank = 1 as is_current,
    coalesce(ranked.fund_model = '36', false)
        or coalesce(ranked.programme_type = '25', false) as is_apprenticeship,
    ranked.end_date is not null
        and (
            ranked.layout = 'template'
            or (
                coalesce(ranked.completion_status = '3', false)
                and coalesce(reasons.is_leaver, true)
            )
        ) as has_withdrawn,
    ranked.birth_date,
    ranked.start_date,
    ranked.end_date

from ranked
left join ref.withdraw_reasons as reasons
    on ranked.withdraw_reason = reasons.code
