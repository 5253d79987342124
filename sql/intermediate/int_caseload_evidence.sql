-- What the caseload says people did, as intervals: the records of all months'
-- deliveries, each version of a record from the day it was confirmed.
-- The caseload says one thing at a time. A version holds until the day before
-- the person's next version was confirmed, whether that is the next activity
-- (not known, 810 to 830, included), the same one confirmed again, or a
-- correction: where an October extract says that somebody reported unknown in
-- September had been at college since an earlier day, the correction stays,
-- although the mistaken record bears the later start. A later record cannot end
-- a version before it was itself confirmed, because what was confirmed after a
-- month end does not count there. Of two versions confirmed on one day the one
-- delivered last counts.
-- A version ends earlier at its lapse: the record's, else our currency rule's,
-- or when a month's record says it has lapsed; and on the last day at the
-- provider where a list says the person left after the record was confirmed.
-- Not known and pre-16 activities are absence of evidence: they end other
-- versions and have no row of their own.
-- grain: person_no, activity_code, start_date, evidence_date
-- column person_no: Number of the young person (int_people).
-- column activity_code: What the person did (ref.activity_codes).
-- column start_date: First day of the activity.
-- column evidence_date: Day the activity was confirmed.
-- column starts_on: First day from which the evidence counts.
-- column ends_on: Last day on which it holds; 31 December 9999 when nothing ends it.
-- not_null: starts_on, ends_on, evidence_date
with

seen as (

    select
        person_no,
        activity_code,
        activity_group,
        start_date,
        evidence_date,
        lapses_on,
        place_no,
        max(month_no) as last_month_no,
        min(case when is_lapsed then month_end end) as lapsed_month_end

    from intermediate.int_caseload_months
    group by
        person_no,
        activity_code,
        activity_group,
        start_date,
        evidence_date,
        lapses_on,
        place_no

),

ranked as (

    select
        *,
        case when start_date > evidence_date then start_date else evidence_date end
            as starts_on,
        min(lapsed_month_end) over (
            partition by person_no, activity_code, start_date, evidence_date
        ) as first_lapsed_month_end,
        row_number() over (
            partition by person_no, activity_code, start_date, evidence_date
            order by
                last_month_no desc nulls last,
                lapses_on nulls last,
                place_no nulls last
        ) as version_rank

    from seen

),

versions as (

    select
        *,
        lead(starts_on) over (
            partition by person_no
            order by
                starts_on nulls last,
                last_month_no nulls last,
                evidence_date nulls last,
                start_date nulls last,
                activity_code nulls last
        ) as next_confirmed_on

    from ranked
    where version_rank = 1

),

place_names as (

    select place_no, 'ukprn' as key_kind, ukprn as key_value
    from intermediate.int_caseload_places

    union all

    select place_no, 'laestab' as key_kind, establishment_number as key_value
    from intermediate.int_caseload_places

    union all

    select place_no, 'name' as key_kind, upper(trim(establishment_name)) as key_value
    from intermediate.int_caseload_places

),

place_providers as (

    select
        place_names.place_no,
        coalesce(
            keys.provider_id,
            place_names.key_kind || ':' || place_names.key_value
        ) as provider_id

    from place_names
    left join intermediate.int_provider_keys as keys
        on place_names.key_kind = keys.key_kind
        and place_names.key_value = keys.key_value

),

leavers as (

    select
        people.person_no,
        place_providers.place_no,
        leavers.left_on

    from intermediate.int_leavers as leavers
    inner join intermediate.int_people as people
        on leavers.person_id = people.person_id
    inner join place_providers
        on leavers.provider_id = place_providers.provider_id

),

left_providers as (

    select
        versions.person_no,
        versions.activity_code,
        versions.start_date,
        versions.evidence_date,
        min(leavers.left_on) as left_on

    from versions
    inner join leavers
        on versions.person_no = leavers.person_no
        and versions.place_no = leavers.place_no
        and leavers.left_on > versions.evidence_date
    group by
        versions.person_no,
        versions.activity_code,
        versions.start_date,
        versions.evidence_date

),

with_ends as (

    select
        versions.person_no,
        versions.activity_code,
        versions.activity_group,
        versions.start_date,
        versions.evidence_date,
        versions.starts_on,
        coalesce(versions.lapses_on, cast('9999-12-31' as date)) as lapse_end,
        coalesce(
            cast(versions.first_lapsed_month_end - interval '1' day as date),
            cast('9999-12-31' as date)
        ) as record_end,
        coalesce(
            cast(versions.next_confirmed_on - interval '1' day as date),
            cast('9999-12-31' as date)
        ) as next_end,
        coalesce(left_providers.left_on, cast('9999-12-31' as date)) as leaver_end

    from versions
    left join left_providers
        on versions.person_no = left_providers.person_no
        and versions.activity_code = left_providers.activity_code
        and versions.start_date = left_providers.start_date
        and versions.evidence_date = left_providers.evidence_date

),

ended as (

    select
        person_no,
        activity_code,
        activity_group,
        start_date,
        evidence_date,
        starts_on,
        case
            when lapse_end <= record_end
                and lapse_end <= next_end
                and lapse_end <= leaver_end
                then lapse_end
            when record_end <= next_end and record_end <= leaver_end then record_end
            when next_end <= leaver_end then next_end
            else leaver_end
        end as ends_on

    from with_ends
    where activity_group not in ('NOT_KNOWN', 'PRE16')

)

select
    person_no,
    activity_code,
    start_date,
    evidence_date,
    starts_on,
    ends_on

from ended
where ends_on >= starts_on
