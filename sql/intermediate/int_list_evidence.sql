-- What the lists say people do, as intervals: starters, school checks and UCAS
-- places that are linked to somebody in the caseload.
-- Dates: a starters row counts from its start, at the earliest 1 September of
-- the list's academic year; a school check from its round's day; a UCAS place
-- from 1 October of entry. Evidence of education lapses on the 31 August of the
-- list's academic year, apprenticeships among starters too, because the list
-- says no more about them; a UCAS place lapses on 31 January.
-- A leaver's row ends the evidence of that provider that is dated before it.
-- Rows of Years 9 to 11 are no evidence of a post-16 activity.
-- grain: evidence_kind, provider, file_hash, sheet, line
-- column evidence_kind: provider_list, school_check or ucas_place (ref.evidence_ranks).
-- column provider: Inbox folder the list came in.
-- column file_hash: SHA-256 of the delivered file.
-- column sheet: Worksheet of the delivered file; empty for CSV.
-- column line: Line in the delivered file.
-- column person_id: Person of the caseload.
-- column activity_code: Activity that the list is evidence of, by the kind of provider and aim.
-- column evidence_date: Day that dates the evidence, and its first day.
-- column ends_on: Last day on which it holds.
-- not_null: person_id, activity_code, evidence_date, ends_on
with

provider_folders as (

    select
        keys.key_value as folder,
        keys.provider_id,
        kinds.activity_code

    from intermediate.int_provider_keys as keys
    inner join ref.provider_kinds as kinds
        on keys.provider_kind = kinds.kind
    where keys.key_kind = 'folder'

),

starters as (

    select
        'provider_list' as evidence_kind,
        aims.provider,
        aims.file_hash,
        aims.sheet,
        aims.line,
        case when aims.is_apprenticeship then '310' end as aim_activity,
        case
            when aims.start_date < aims.list_year_start then aims.list_year_start
            else aims.start_date
        end as evidence_date,
        case
            when aims.has_withdrawn and aims.end_date < aims.list_year_end
                then aims.end_date
            else aims.list_year_end
        end as ends_on

    from staging.stg_college_starters__aims as aims
    where aims.is_current
        and (aims.has_withdrawn or coalesce(aims.completion_status <> '3', true)
            or aims.end_date is not null)

),

checks as (

    select
        'school_check' as evidence_kind,
        provider,
        file_hash,
        sheet,
        line,
        cast(null as varchar(100)) as aim_activity,
        check_date as evidence_date,
        list_year_end as ends_on

    from staging.stg_cohort_checks__pupils
    where is_current and is_on_roll and year_group >= 12

),

places as (

    select
        'ucas_place' as evidence_kind,
        applications.provider,
        applications.file_hash,
        applications.sheet,
        applications.line,
        '240' as aim_activity,
        entry_months.month_start as evidence_date,
        january.month_end as ends_on

    from staging.stg_ucas__applications as applications
    inner join ref.months as entry_months
        on entry_months.month_no = applications.entry_year * 12 + 10
    inner join ref.months as january
        on january.month_no = (applications.entry_year + 1) * 12 + 1
    where applications.is_current and applications.is_place

),

evidence as (

    select * from starters
    union all
    select * from checks
    union all
    select * from places

),

linked as (

    select
        evidence.*,
        links.person_id

    from evidence
    inner join intermediate.int_people_linked as links
        on links.dataset = case evidence.evidence_kind
            when 'provider_list' then 'college_starters'
            when 'school_check' then 'cohort_checks'
            else 'ucas'
        end
        and evidence.provider = links.provider
        and evidence.file_hash = links.file_hash
        and evidence.sheet = links.sheet
        and evidence.line = links.line
    where links.person_id is not null

),

closings as (

    select
        linked.evidence_kind,
        linked.provider,
        linked.file_hash,
        linked.sheet,
        linked.line,
        min(leavers.left_on) as left_on

    from linked
    left join provider_folders
        on linked.provider = provider_folders.folder
    inner join intermediate.int_leavers as leavers
        on linked.person_id = leavers.person_id
        and leavers.provider_id
            = coalesce(provider_folders.provider_id, 'folder:' || linked.provider)
        and linked.evidence_date <= leavers.left_on
    where linked.evidence_kind <> 'ucas_place'
    group by
        linked.evidence_kind,
        linked.provider,
        linked.file_hash,
        linked.sheet,
        linked.line

),

closed as (

    select
        linked.*,
        case
            when closings.left_on < linked.ends_on then closings.left_on
            else linked.ends_on
        end as closed_on

    from linked
    left join closings
        on linked.evidence_kind = closings.evidence_kind
        and linked.provider = closings.provider
        and linked.file_hash = closings.file_hash
        and linked.sheet = closings.sheet
        and linked.line = closings.line

)

select
    closed.evidence_kind,
    closed.provider,
    closed.file_hash,
    closed.sheet,
    closed.line,
    closed.person_id,
    coalesce(
        closed.aim_activity,
        provider_folders.activity_code,
        case closed.evidence_kind when 'school_check' then '210' else '230' end
    ) as activity_code,
    closed.evidence_date,
    closed.closed_on as ends_on

from closed
left join provider_folders
    on closed.provider = provider_folders.folder
where closed.evidence_date <= closed.closed_on
