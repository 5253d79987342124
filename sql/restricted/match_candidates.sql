-- Everybody to whom a line of a list may be linked, by id; and of those whom a
-- pending case may be about, each way in which the caseload ever recorded them.
-- grain: person_id, identity_no
-- column person_id: Person of the caseload.
-- column identity_no: 1 for the first way recorded; 0 for somebody whom no pending case is about.
-- column family_name: Family name as recorded.
-- column given_name: First name as recorded.
-- column birth_date: Date of birth as recorded.
-- column postcode: Home postcode as recorded.
-- column upn: Permanent pupil number.
-- column uln: Learner number.
with

candidates as (

    select distinct pairs.person_id
    from matched.links as links
    inner join matched.pairs as pairs
        on links.match_no = pairs.match_no
    where links.outcome = 'to_review'
        and links.is_current

)

select
    people.person_id,
    coalesce(identities.identity_no, 0) as identity_no,
    identities.family_name,
    identities.given_name,
    identities.birth_date,
    identities.postcode,
    identities.upn,
    identities.uln

from intermediate.int_people as people
left join candidates
    on people.person_id = candidates.person_id
left join intermediate.int_person_identities as identities
    on candidates.person_id = identities.person_id
where not people.is_merged
