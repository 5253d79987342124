-- Who left which provider and when, by the lists: a current row with an end
-- date that says the place was given up (in the learner record CompStatus 3,
-- unless the reason is a move to another aim of the provider). Somebody who
-- drops one aim while another at the same provider goes on has not left.
-- A provider that is in no table is known by the folder, UKPRN and DfE number
-- that its rows carry, one row for each.
-- grain: person_id, provider_id, left_on
-- column person_id: Person of the caseload.
-- column provider_id: Provider, or the one it merged into; kind and number where no table knows it.
-- column left_on: Last day at the provider; what follows is not known.
with

aims as (

    select
        links.person_id,
        aims.provider,
        aims.list_year,
        aims.ukprn,
        aims.establishment_number,
        aims.has_withdrawn,
        aims.start_date,
        aims.end_date

    from staging.stg_college_starters__aims as aims
    inner join intermediate.int_people_linked as links
        on links.dataset = 'college_starters'
        and aims.provider = links.provider
        and aims.file_hash = links.file_hash
        and aims.sheet = links.sheet
        and aims.line = links.line
    where aims.is_current
        and links.person_id is not null

),

leavers as (

    select
        leavers.person_id,
        leavers.provider,
        leavers.ukprn,
        leavers.establishment_number,
        leavers.end_date as left_on

    from aims as leavers
    where leavers.has_withdrawn
        and not exists (
            select 1
            from aims as others
            where others.person_id = leavers.person_id
                and others.provider = leavers.provider
                and others.list_year = leavers.list_year
                and others.start_date <= leavers.end_date
                and (others.end_date is null or others.end_date > leavers.end_date)
        )

),

numbered as (

    select person_id, left_on, 'folder' as key_kind, provider as key_value
    from leavers

    union all

    select person_id, left_on, 'ukprn' as key_kind, ukprn as key_value
    from leavers

    union all

    select person_id, left_on, 'laestab' as key_kind, establishment_number as key_value
    from leavers

)

select distinct
    numbered.person_id,
    coalesce(keys.provider_id, numbered.key_kind || ':' || numbered.key_value)
        as provider_id,
    numbered.left_on

from numbered
left join intermediate.int_provider_keys as keys
    on numbered.key_kind = keys.key_kind
    and numbered.key_value = keys.key_value
where numbered.key_value is not null
