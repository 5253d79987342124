-- Who is who: every line of a list with the person of the caseload it is
-- about. A line is linked by the first of these that names exactly one person:
-- permanent UPN, ULN, client id, and exact folded family name + first name +
-- date of birth where that is unique on both sides. This is the only model that
-- links; probabilistic matching can take its place.
-- A UPN or ULN that one file gives to two names or birth dates names nobody
-- there. A name and birth date is one person among the lists unless its lines
-- carry two UPNs, two ULNs, or two of one provider's own ids. A person merged
-- into another record is not linked to; the advisers' log may still use the
-- old client id.
-- grain: dataset, provider, file_hash, sheet, line
-- column dataset: Kind of list.
-- column provider: Inbox folder the list came in.
-- column file_hash: SHA-256 of the delivered file.
-- column sheet: Worksheet of the delivered file; empty for CSV.
-- column line: Line in the delivered file.
-- column delivered_on: Day of the delivery, Europe/London.
-- column list_year: Academic year the list is about.
-- column person_id: Person of the caseload; null when there is none or more than one.
-- column link_rule: Rule that linked: upn, uln, client_id or name_birth_date; null when not linked.
-- column link_outcome: linked; to_review when somebody fits but not one person alone; unmatched when nobody does.
-- column is_current: No newer delivery has replaced the line.
-- accepted link_rule: upn, uln, client_id, name_birth_date
-- accepted link_outcome: linked, to_review, unmatched
-- not_null: link_outcome
with

people as (

    select
        people.person_id,
        people.upn,
        people.uln,
        people.previous_client_id,
        family.folded_name || '|' || given.folded_name || '|'
            || cast(people.birth_date as varchar(10)) as name_key

    from intermediate.int_people as people
    left join intermediate.int_names_folded as family
        on people.family_name = family.full_name
    left join intermediate.int_names_folded as given
        on people.given_name = given.full_name
    where not people.is_merged

),

listed as (

    select
        lists.dataset,
        lists.provider,
        lists.file_hash,
        lists.sheet,
        lists.line,
        lists.delivered_on,
        lists.list_year,
        lists.list_person_key,
        lists.client_id,
        lists.upn,
        lists.uln,
        lists.is_current,
        family.folded_name || '|' || given.folded_name || '|'
            || cast(lists.birth_date as varchar(10)) as name_key

    from intermediate.int_list_people as lists
    left join intermediate.int_names_folded as family
        on lists.family_name = family.full_name
    left join intermediate.int_names_folded as given
        on lists.given_name = given.full_name

),

people_by_upn as (

    select upn, min(person_id) as person_id, count(*) as people_count
    from people
    where upn is not null
    group by upn

),

people_by_uln as (

    select uln, min(person_id) as person_id, count(*) as people_count
    from people
    where uln is not null
    group by uln

),

people_by_name as (

    select name_key, min(person_id) as person_id, count(*) as people_count
    from people
    where name_key is not null
    group by name_key

),

client_ids as (

    select person_id as client_id, person_id
    from people

    union all

    select people.previous_client_id as client_id, people.person_id
    from people
    where people.previous_client_id is not null
        and not exists (
            select 1
            from people as others
            where others.person_id = people.previous_client_id
        )

),

people_by_client as (

    select client_id, min(person_id) as person_id, count(*) as people_count
    from client_ids
    group by client_id

),

shared_upns as (

    select provider, file_hash, upn
    from listed
    where upn is not null
    group by provider, file_hash, upn
    having count(distinct name_key) > 1

),

shared_ulns as (

    select provider, file_hash, uln
    from listed
    where uln is not null
    group by provider, file_hash, uln
    having count(distinct name_key) > 1

),

own_ids_by_name as (

    select name_key, dataset, provider, count(distinct list_person_key) as id_count
    from listed
    where is_current and name_key is not null and list_person_key is not null
    group by name_key, dataset, provider, list_year

),

shared_names as (

    select name_key
    from listed
    where is_current and name_key is not null
    group by name_key
    having count(distinct upn) > 1 or count(distinct uln) > 1

    union

    select name_key
    from own_ids_by_name
    where id_count > 1

),

candidates as (

    select
        listed.dataset,
        listed.provider,
        listed.file_hash,
        listed.sheet,
        listed.line,
        listed.delivered_on,
        listed.list_year,
        listed.is_current,
        case
            when people_by_upn.people_count = 1 and shared_upns.upn is null
                then people_by_upn.person_id
        end as by_upn,
        case
            when people_by_uln.people_count = 1 and shared_ulns.uln is null
                then people_by_uln.person_id
        end as by_uln,
        case
            when people_by_client.people_count = 1
                then people_by_client.person_id
        end as by_client,
        case
            when people_by_name.people_count = 1 and shared_names.name_key is null
                then people_by_name.person_id
        end as by_name,
        people_by_upn.upn is not null
            or people_by_uln.uln is not null
            or people_by_client.client_id is not null
            or people_by_name.name_key is not null as somebody_fits

    from listed
    left join people_by_upn on listed.upn = people_by_upn.upn
    left join people_by_uln on listed.uln = people_by_uln.uln
    left join people_by_client on listed.client_id = people_by_client.client_id
    left join people_by_name on listed.name_key = people_by_name.name_key
    left join shared_names on listed.name_key = shared_names.name_key
    left join shared_upns
        on listed.provider = shared_upns.provider
        and listed.file_hash = shared_upns.file_hash
        and listed.upn = shared_upns.upn
    left join shared_ulns
        on listed.provider = shared_ulns.provider
        and listed.file_hash = shared_ulns.file_hash
        and listed.uln = shared_ulns.uln

)

select
    dataset,
    provider,
    file_hash,
    sheet,
    line,
    delivered_on,
    list_year,
    coalesce(by_upn, by_uln, by_client, by_name) as person_id,
    case
        when by_upn is not null then 'upn'
        when by_uln is not null then 'uln'
        when by_client is not null then 'client_id'
        when by_name is not null then 'name_birth_date'
    end as link_rule,
    case
        when coalesce(by_upn, by_uln, by_client, by_name) is not null then 'linked'
        when somebody_fits then 'to_review'
        else 'unmatched'
    end as link_outcome,
    is_current

from candidates
