-- What advisers did, month by month. Counts of people count each person once in
-- the month; people_followed_up, destinations_confirmed and early_leavers_supported count
-- each person once a campaign year (1 September to 31 August), in the month of the
-- first. Events are those of the advisers' log, of everybody on it; confirmed
-- destinations are residence-based: residents of academic age 16 to 18 (lead
-- authority ours, cohort status P).
-- grain: month
-- column month: Month, 2021-10.
-- column month_end: Last day of the month.
-- column academic_year: Campaign year.
-- column people_contacted: People whom an adviser contacted, met or visited.
-- column people_engaged: People with whom an adviser held an intervention.
-- column interventions: Interventions: advice, action plans, reviews, referrals, group sessions, early leavers' support.
-- column home_visits: Visits at home.
-- column events_total: Events of every kind.
-- column people_followed_up: People followed up in a new destination for the first time this campaign year.
-- column destinations_confirmed: Residents whose activity, any but not known, was confirmed for the first time this campaign year.
-- column early_leavers_supported: People supported after leaving a place early, for the first time this campaign year.
-- column as_at: Knowledge date of the build.
-- not_null: month_end, academic_year
-- export: internal
with

events as (

    select
        months.period,
        months.academic_year,
        coalesce(links.person_id, events.client_id) as person_id,
        events.intervention_kind,
        kinds.is_contact,
        kinds.is_intervention,
        events.intervention_date

    from staging.stg_interventions__events as events
    inner join ref.months as months
        on month_no(events.intervention_date) = months.month_no
    inner join intermediate.int_people_linked as links
        on links.dataset = 'interventions'
        and events.provider = links.provider
        and events.file_hash = links.file_hash
        and events.sheet = links.sheet
        and events.line = links.line
    left join ref.intervention_kinds as kinds
        on events.intervention_kind = kinds.code
    where events.is_current

),

monthly as (

    select
        period,
        count(distinct case when is_contact then person_id end) as people_contacted,
        count(distinct case when is_intervention then person_id end) as people_engaged,
        count(*) filter (where is_intervention) as interventions,
        count(*) filter (where intervention_kind = 'home_visit') as home_visits,
        count(*) as events_total

    from events
    group by period

),

first_events as (

    select
        academic_year,
        person_id,
        intervention_kind,
        min(intervention_date) as first_date

    from events
    where intervention_kind in ('follow_up', 'early_leaver_support')
    group by academic_year, person_id, intervention_kind

),

firsts as (

    select
        month_no(first_date) as month_no,
        count(*) filter (where intervention_kind = 'follow_up') as people_followed_up,
        count(*) filter (where intervention_kind = 'early_leaver_support')
            as early_leavers_supported

    from first_events
    group by month_no(first_date)

),

confirmations as (

    select
        caseload.person_id,
        min(caseload.evidence_date) as first_date

    from intermediate.int_caseload_months as caseload
    inner join ref.months as months
        on caseload.month_no = months.month_no
        and caseload.evidence_date >= months.academic_year_start
        and caseload.evidence_date <= months.month_end
    where caseload.is_in_cohort
        and caseload.academic_age between 16 and 18
        and caseload.activity_group not in ('NOT_KNOWN', 'PRE16')
    group by caseload.person_id, months.academic_year

),

confirmed as (

    select
        month_no(first_date) as month_no,
        count(*) as destinations_confirmed

    from confirmations
    group by month_no(first_date)

),

caseload_months as (

    select distinct months.period
    from marts.neet_rates as rates
    inner join ref.months as months
        on rates.month_end = months.month_end

)

select
    months.period as month,
    months.month_end,
    months.academic_year,
    coalesce(monthly.people_contacted, 0) as people_contacted,
    coalesce(monthly.people_engaged, 0) as people_engaged,
    coalesce(monthly.interventions, 0) as interventions,
    coalesce(monthly.home_visits, 0) as home_visits,
    coalesce(monthly.events_total, 0) as events_total,
    coalesce(firsts.people_followed_up, 0) as people_followed_up,
    coalesce(confirmed.destinations_confirmed, 0) as destinations_confirmed,
    coalesce(firsts.early_leavers_supported, 0) as early_leavers_supported,
    build.as_at

from ref.months as months
left join monthly on months.period = monthly.period
left join caseload_months on months.period = caseload_months.period
left join firsts on months.month_no = firsts.month_no
left join confirmed on months.month_no = confirmed.month_no
cross join ref.build as build
where monthly.period is not null or caseload_months.period is not null
