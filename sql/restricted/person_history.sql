-- What became of the ids of people: which records were merged into which, which
-- came apart again, and when a name, birth date or number was corrected or
-- arrived late. A person keeps the id through all of it. The history is told
-- anew by every build from all deliveries known to it, so that a build as at an
-- earlier day tells what was known then. It holds no names and no numbers.
-- grain: person_id, event, field, other_person_id, month_end
-- column person_id: Person of the caseload; of a merge the one that stays, of a split the one that came back.
-- column event: merge; split; arrival, when a number came later than the record; correction, when something else was recorded before.
-- column field: What the event is about: client_id, family_name, given_name, birth_date, upn or uln.
-- column other_person_id: Of a merge the id that went, of a split the one it had gone into; empty otherwise, and where the caseload does not say.
-- column month_end: First month end whose record says so; of a split whose record came back as it had been, that of the merge.
-- column why: What in the record says so.
-- column as_at: Knowledge date of the build.
-- accepted event: merge, split, arrival, correction
-- accepted field: client_id, family_name, given_name, birth_date, upn, uln
-- not_null: why
with

first_seen as (

    select person_id, min(first_month_end) as month_end
    from intermediate.int_person_identities
    group by person_id

),

recorded as (

    select person_id, 'family_name' as field, family_name as value, min(first_month_end) as month_end
    from intermediate.int_person_identities
    where family_name is not null
    group by person_id, family_name

    union all

    select person_id, 'given_name' as field, given_name as value, min(first_month_end) as month_end
    from intermediate.int_person_identities
    where given_name is not null
    group by person_id, given_name

    union all

    select person_id, 'birth_date' as field, cast(birth_date as varchar(100)) as value, min(first_month_end) as month_end
    from intermediate.int_person_identities
    where birth_date is not null
    group by person_id, birth_date

    union all

    select person_id, 'upn' as field, upn as value, min(first_month_end) as month_end
    from intermediate.int_person_identities
    where upn is not null
    group by person_id, upn

    union all

    select person_id, 'uln' as field, uln as value, min(first_month_end) as month_end
    from intermediate.int_person_identities
    where uln is not null
    group by person_id, uln

),

ranked as (

    select
        person_id,
        field,
        month_end,
        row_number() over (
            partition by person_id, field
            order by month_end nulls last
        ) as value_no

    from recorded

),

merges as (

    select
        person_id,
        previous_client_id as other_person_id,
        min(first_month_end) as month_end

    from intermediate.int_person_identities
    where previous_client_id is not null
        and previous_client_id <> person_id
    group by person_id, previous_client_id

),

-- A record that says it was a duplicate, but no other record names its id.
closed as (

    select identities.person_id, min(identities.first_month_end) as month_end
    from intermediate.int_person_identities as identities
    left join merges on identities.person_id = merges.other_person_id
    where identities.is_merged
        and merges.other_person_id is null
    group by identities.person_id

),

splits as (

    select
        merges.other_person_id as person_id,
        merges.person_id as other_person_id,
        min(
            case when identities.first_month_end > merges.month_end
                then identities.first_month_end else merges.month_end end
        ) as month_end

    from merges
    inner join intermediate.int_person_identities as identities
        on merges.other_person_id = identities.person_id
    where not identities.is_merged
        and identities.last_month_end > merges.month_end
    group by merges.other_person_id, merges.person_id

),

events as (

    select
        person_id, 'merge' as event, 'client_id' as field, other_person_id, month_end,
        'the record names the other id as its previous one' as why
    from merges

    union all

    select
        person_id, 'merge' as event, 'client_id' as field, '' as other_person_id, month_end,
        'the record is closed as a duplicate, and no other names its id' as why
    from closed

    union all

    select
        person_id, 'split' as event, 'client_id' as field, other_person_id, month_end,
        'the id has an open record again after it was merged' as why
    from splits

    union all

    select
        person_id, 'correction' as event, field, '' as other_person_id, month_end,
        'an earlier record of the id says something else' as why
    from ranked
    where value_no > 1

    union all

    select
        ranked.person_id, 'arrival' as event, ranked.field, '' as other_person_id, ranked.month_end,
        'earlier records of the id have none' as why
    from ranked
    inner join first_seen
        on ranked.person_id = first_seen.person_id
    where ranked.value_no = 1
        and ranked.month_end > first_seen.month_end
        and ranked.field in ('upn', 'uln')

)

select
    events.person_id,
    events.event,
    events.field,
    events.other_person_id,
    events.month_end,
    events.why,
    build.as_at

from events
cross join ref.build as build
