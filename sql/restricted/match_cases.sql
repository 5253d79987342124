-- What waits for a reviewer: each identity that a list holds now and that
-- somebody has to decide about, with everybody it may be about.
-- grain: subject, person_id
-- column subject: The identity as decisions name it.
-- column person_id: Candidate in the caseload; empty where there is none.
-- column rank_no: 1 for the best candidate.
-- column rule: Best reason for the candidate.
-- column score: Bits by which the two are likelier one person than not.
-- column family_name_level: How far the family names agree.
-- column given_name_level: How far the first names agree.
-- column birth_date_level: How far the birth dates agree.
-- column postcode_level: How far the postcodes agree.
-- column upn_level: How far the pupil numbers agree.
-- column uln_level: How far the learner numbers agree.
-- column dataset: Kind of list.
-- column provider: Inbox folder of the list.
-- column reason: Why matching leaves it to a person.
-- column row_count: Lines that hold the identity.
-- column family_name: Family name as listed.
-- column preferred_family_name: Family name the person goes by, as listed.
-- column former_family_name: Earlier family name, as listed.
-- column given_name: First name as listed.
-- column birth_date: Date of birth as listed.
-- column postcode: Home postcode as listed.
-- column upn: Pupil number as listed.
-- column uln: Learner number as listed.
with

pending as (

    select
        links.subject,
        min(links.match_no) as match_no,
        min(links.dataset) as dataset,
        min(links.provider) as provider,
        min(links.reason) as reason,
        count(*) as row_count,
        max(lists.family_name) as family_name,
        max(lists.preferred_family_name) as preferred_family_name,
        max(lists.former_family_name) as former_family_name,
        max(lists.given_name) as given_name,
        max(lists.birth_date) as birth_date,
        max(lists.postcode) as postcode,
        max(lists.upn) as upn,
        max(lists.uln) as uln

    from matched.links as links
    inner join intermediate.int_list_people as lists
        on links.dataset = lists.dataset
        and links.provider = lists.provider
        and links.file_hash = lists.file_hash
        and links.sheet = coalesce(lists.sheet, '')
        and links.line = lists.line
    where links.outcome = 'to_review'
        and links.is_current
    group by links.subject

)

select
    pending.subject,
    coalesce(pairs.person_id, '') as person_id,
    pairs.rank_no,
    pairs.rule,
    pairs.score,
    pairs.family_name_level,
    pairs.given_name_level,
    pairs.birth_date_level,
    pairs.postcode_level,
    pairs.upn_level,
    pairs.uln_level,
    pending.dataset,
    pending.provider,
    pending.reason,
    pending.row_count,
    pending.family_name,
    pending.preferred_family_name,
    pending.former_family_name,
    pending.given_name,
    pending.birth_date,
    pending.postcode,
    pending.upn,
    pending.uln

from pending
left join matched.pairs as pairs
    on pending.match_no = pairs.match_no
