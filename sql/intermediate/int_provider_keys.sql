-- Every name and number that a provider goes by, with the provider it leads
-- to. A provider that has merged into another leads to its successor, so that
-- a list from King George V and a caseload record at Southport College meet.
-- grain: key_kind, key_value
-- column key_kind: folder, ukprn, laestab or name.
-- column key_value: The inbox folder, number, or name in capitals.
-- column provider_id: Provider, or the one it merged into (ref.providers).
-- column provider_kind: Kind of the provider itself: school, sixth_form, fe, training, special, university.
-- accepted key_kind: folder, ukprn, laestab, name
-- not_null: provider_id
with

mains as (

    select
        provider_id,
        max(kind) as provider_kind,
        max(successor_id) as successor_id

    from ref.providers
    where is_main
    group by provider_id

),

successions as (

    select
        mains.provider_id,
        mains.provider_kind,
        coalesce(successors.successor_id, mains.successor_id, mains.provider_id)
            as leads_to

    from mains
    left join mains as successors
        on mains.successor_id = successors.provider_id

),

named as (

    select provider_id, 'folder' as key_kind, folder as key_value
    from ref.providers

    union all

    select provider_id, 'ukprn' as key_kind, ukprn as key_value
    from ref.providers

    union all

    select provider_id, 'laestab' as key_kind, laestab as key_value
    from ref.providers

    union all

    select provider_id, 'name' as key_kind, upper(trim(name)) as key_value
    from ref.providers

)

select
    named.key_kind,
    named.key_value,
    min(successions.leads_to) as provider_id,
    min(successions.provider_kind) as provider_kind

from named
inner join successions on named.provider_id = successions.provider_id
where named.key_value is not null
group by named.key_kind, named.key_value
