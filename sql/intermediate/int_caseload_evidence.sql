-- What the caseload says people did, as intervals: the activities of all
-- months' deliveries, each version of a record from the day it was confirmed.
-- A version ends at its lapse, the day before the same record was confirmed
-- again, the day before the person's next activity starts, and where a list
-- says that the person left that provider after the record was confirmed.
-- Lapse is the record's, else our currency rule's; a month whose record says it
-- has lapsed ends it too. The next activity may be "not known" (810 to 830);
-- it closes only from the day it was itself confirmed, because what was
-- confirmed after a month end does not count there. Not known and pre-16
-- activities are absence of evidence: they close, and have no row of their own.
-- grain: person_id, activity_code, start_date, evidence_date
-- column person_id: Id of the young person in the caseload system.
-- column activity_code: What the person did (ref.activity_codes).
-- column last_month_no: Last month whose delivery held this version, to decide between corrections of one day.
-- column start_date: First day of the activity.
-- column evidence_date: Day the activity was confirmed.
-- column starts_on: First day from which the evidence counts.
-- column ends_on: Last day on which it holds; 31 December 9999 when nothing ends it.
-- not_null: starts_on, ends_on, evidence_date
with

seen as (

    select
        person_id,
        activity_code,
        activity_group,
        start_date,
        evidence_date,
        lapses_on,
        establishment_number,
        establishment_name,
        ukprn,
        max(month_no) as last_month_no,
        min(case when is_lapsed then month_end end) as lapsed_month_end

    from intermediate.int_caseload_months
    group by
        person_id,
        activity_code,
        activity_group,
        start_date,
        evidence_date,
        lapses_on,
        establishment_number,
        establishment_name,
        ukprn

),

ranked as (

    select
        *,
        min(lapsed_month_end) over (
            partition by person_id, activity_code, start_date, evidence_date
        ) as first_lapsed_month_end,
        row_number() over (
            partition by person_id, activity_code, start_date, evidence_date
            order by
                last_month_no desc nulls last,
                lapses_on nulls last,
                ukprn nulls last,
                establishment_number nulls last,
                establishment_name nulls last
        ) as version_rank

    from seen

),

versions as (

    select
        *,
        case when start_date > evidence_date then start_date else evidence_date end
            as starts_on,
        lead(evidence_date) over (
            partition by person_id, activity_code, start_date
            order by evidence_date nulls last
        ) as confirmed_again_on

    from ranked
    where version_rank = 1

),

starts as (

    select
        person_id,
        start_date,
        min(starts_on) as known_from

    from versions
    group by person_id, start_date

),

next_starts as (

    select
        person_id,
        start_date,
        min(known_from) over (
            partition by person_id
            order by start_date nulls last
            rows between 1 following and unbounded following
        ) as next_known_from

    from starts

),

version_providers as (

    select person_id, activity_code, start_date, evidence_date,
        'ukprn' as key_kind, ukprn as key_value
    from versions

    union all

    select person_id, activity_code, start_date, evidence_date,
        'laestab' as key_kind, establishment_number as key_value
    from versions

    union all

    select person_id, activity_code, start_date, evidence_date,
        'name' as key_kind, upper(trim(establishment_name)) as key_value
    from versions

),

left_providers as (

    select
        version_providers.person_id,
        version_providers.activity_code,
        version_providers.start_date,
        version_providers.evidence_date,
        min(leavers.left_on) as left_on

    from version_providers
    left join intermediate.int_provider_keys as keys
        on version_providers.key_kind = keys.key_kind
        and version_providers.key_value = keys.key_value
    inner join intermediate.int_leavers as leavers
        on version_providers.person_id = leavers.person_id
        and leavers.provider_id = coalesce(
            keys.provider_id,
            version_providers.key_kind || ':' || version_providers.key_value
        )
        and leavers.left_on > version_providers.evidence_date
    group by
        version_providers.person_id,
        version_providers.activity_code,
        version_providers.start_date,
        version_providers.evidence_date

),

ends as (

    select
        versions.person_id,
        versions.activity_code,
        versions.start_date,
        versions.evidence_date,
        versions.lapses_on as ends_on

    from versions

    union all

    select
        versions.person_id,
        versions.activity_code,
        versions.start_date,
        versions.evidence_date,
        cast(versions.first_lapsed_month_end - interval '1' day as date) as ends_on

    from versions

    union all

    select
        versions.person_id,
        versions.activity_code,
        versions.start_date,
        versions.evidence_date,
        cast(versions.confirmed_again_on - interval '1' day as date) as ends_on

    from versions

    union all

    select
        versions.person_id,
        versions.activity_code,
        versions.start_date,
        versions.evidence_date,
        cast(next_starts.next_known_from - interval '1' day as date) as ends_on

    from versions
    inner join next_starts
        on versions.person_id = next_starts.person_id
        and versions.start_date = next_starts.start_date

    union all

    select
        person_id,
        activity_code,
        start_date,
        evidence_date,
        left_on as ends_on

    from left_providers

),

first_ends as (

    select
        person_id,
        activity_code,
        start_date,
        evidence_date,
        min(ends_on) as ends_on

    from ends
    group by person_id, activity_code, start_date, evidence_date

)

select
    versions.person_id,
    versions.activity_code,
    versions.last_month_no,
    versions.start_date,
    versions.evidence_date,
    versions.starts_on,
    coalesce(first_ends.ends_on, cast('9999-12-31' as date)) as ends_on

from versions
inner join first_ends
    on versions.person_id = first_ends.person_id
    and versions.activity_code = first_ends.activity_code
    and versions.start_date = first_ends.start_date
    and versions.evidence_date = first_ends.evidence_date
where versions.activity_group not in ('NOT_KNOWN', 'PRE16')
    and coalesce(first_ends.ends_on >= versions.starts_on, true)
