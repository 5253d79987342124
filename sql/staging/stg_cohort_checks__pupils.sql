-- Rolls as schools and colleges confirmed them: one row per line of a return.
-- A later return of the same provider and period replaces the earlier one
-- whole, which is_current marks; all returns stay here, because the
-- guarantee's cut-off of 31 May looks for the last one up to that day.
-- grain: provider, file_hash, sheet, line
-- column provider: Inbox folder the delivery came in.
-- column file_hash: SHA-256 of the delivered file.
-- column sheet: Worksheet of the delivered file; empty for CSV.
-- column line: Line in the delivered file.
-- column delivered_at: Moment of the delivery, UTC.
-- column delivered_on: Day of the delivery, Europe/London.
-- column list_year: Academic year the roll is about.
-- column list_year_end: 31 August that ends that year.
-- column check_date: Day that dates the roll as evidence: the round's day, else the day of the delivery.
-- column establishment_number: Seven digits, authority and establishment.
-- column upn: Unique pupil number.
-- column uln: Unique learner number.
-- column surname: Legal surname.
-- column forename: First name.
-- column preferred_surname: Surname the person goes by.
-- column former_surname: Earlier surname.
-- column sen_provision: N none, K SEN support, E plan.
-- column postcode: Home postcode.
-- column offer_status: Offer of a place for September (ref.offer_statuses).
-- column offer_provider: Who made the offer.
-- column year_group: National curriculum year as a number; null for a leaver.
-- column attendance_percent: Attendance, per cent.
-- column exclusion_percent: Share of absences that were exclusions, per cent.
-- column is_current: The return is the provider's last one for its period.
-- column is_on_roll: Registered here (single, main or subsidiary) and not named as a leaver.
-- column is_at_risk: The school names the person at risk of NEET; null when it does not say.
-- column has_eal: English as an additional language.
-- column was_excluded: Was ever excluded.
-- column is_in_alternative_provision: In alternative provision.
-- column is_looked_after: Looked after by an authority.
-- column is_pregnant_or_parent: Pregnant or a parent.
-- column has_fsm: Eligible for free school meals.
-- column is_carer: A young carer.
-- column is_with_yot: Supervised by the youth offending team.
-- column is_in_custody: In custody.
-- column birth_date: Date of birth.
-- not_null: is_current, is_on_roll, list_year_end, check_date
with

delivered as (

    select
        pupils.*,
        years.academic_year as list_year,
        years.academic_year_end as list_year_end

    from raw.cohort_checks as pupils
    inner join ref.build on pupils.delivered_on <= ref.build.as_at
    left join ref.months as period_months
        on pupils.period = period_months.period
    inner join ref.months as years
        on years.month_of_year = 9
        and years.academic_year = coalesce(
            period_months.academic_year,
            case when pupils.period like '____/__' then pupils.period end,
            pupils.academic_year
        )

),

returns as (

    select
        provider,
        period,
        file_hash,
        max(delivered_at) as delivered_at

    from raw.cohort_checks
    inner join ref.build on raw.cohort_checks.delivered_on <= ref.build.as_at
    group by provider, period, file_hash

),

ranked_returns as (

    select
        provider,
        period,
        file_hash,
        row_number() over (
            partition by provider, period
            order by delivered_at desc nulls last, file_hash desc nulls last
        ) as return_rank

    from returns

)

select
    delivered.provider,
    delivered.file_hash,
    delivered.sheet,
    delivered.line,
    delivered.delivered_at,
    delivered.delivered_on,
    delivered.list_year,
    delivered.list_year_end,
    coalesce(
        cast(round_months.month_start + interval '1' day * (rounds.day - 1) as date),
        delivered.delivered_on
    ) as check_date,
    delivered.establishment_number,
    delivered.upn,
    delivered.uln,
    delivered.surname,
    delivered.forename,
    delivered.preferred_surname,
    delivered.former_surname,
    delivered.sen_provision,
    delivered.postcode,
    delivered.offer_status,
    delivered.offer_provider,
    years.year_group,
    delivered.attendance_percent,
    delivered.exclusion_percent,
    ranked_returns.return_rank = 1 as is_current,
    coalesce(enrolments.on_roll, true)
        and coalesce(delivered.nc_year <> 'LEAVER', true)
        and delivered.left_to is null as is_on_roll,
    delivered.roni_flag as is_at_risk,
    delivered.eal_flag as has_eal,
    delivered.excluded_flag as was_excluded,
    delivered.alternative_provision_flag as is_in_alternative_provision,
    delivered.looked_after_flag as is_looked_after,
    delivered.pregnant_or_parent_flag as is_pregnant_or_parent,
    delivered.fsm_flag as has_fsm,
    delivered.carer_flag as is_carer,
    delivered.yot_flag as is_with_yot,
    delivered.custody_flag as is_in_custody,
    delivered.birth_date

from delivered
inner join ranked_returns
    on delivered.provider = ranked_returns.provider
    and delivered.period = ranked_returns.period
    and delivered.file_hash = ranked_returns.file_hash
left join ref.enrol_statuses as enrolments
    on delivered.enrol_status = enrolments.code
left join ref.nc_years as years
    on delivered.nc_year = years.code
left join ref.check_rounds as rounds
    on delivered.check_round = rounds.code
left join ref.months as round_months
    on delivered.list_year = round_months.academic_year
    and rounds.month = round_months.month_of_year
