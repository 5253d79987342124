-- Who a line of a list may be about, and why: each candidate of each identity
-- that lists hold, best first, with the rule, the score in bits and how far every
-- field agrees. Lines of lists that say the same of a person share their pairs.
-- grain: match_no, person_id
-- column match_no: Identity on the lists; good within one build.
-- column subject: The identity as decisions name it, a hash of the list, its numbers, names and birth date.
-- column person_id: Candidate in the caseload.
-- column rank_no: 1 for the best candidate.
-- column rule: Rule that linked the two, else the best reason there is.
-- column score: Bits by which the two are likelier one person than not.
-- column family_name_level: How far the family names agree.
-- column given_name_level: How far the first names agree.
-- column birth_date_level: How far the birth dates agree.
-- column postcode_level: How far the postcodes agree, any the caseload ever held.
-- column upn_level: How far the pupil numbers agree.
-- column uln_level: How far the learner numbers agree.
-- column has_swapped_names: The list has family and first name the wrong way round.
-- column row_count: Lines that hold the identity.
-- column outcome: What became of these lines: linked, to_review or unmatched.
-- column reason: Why they are not linked; null when they are.
-- column dataset: Kind of list of the first of these lines.
-- column provider: Inbox folder of that list.
-- column first_delivered_on: Day on which the identity was first delivered.
with

lines as (

    select
        match_no,
        count(*) as row_count,
        min(outcome) as outcome,
        min(reason) as reason,
        min(dataset) as dataset,
        min(provider) as provider,
        min(delivered_on) as first_delivered_on

    from matched.links
    group by match_no

)

select
    pairs.match_no,
    pairs.subject,
    pairs.person_id,
    pairs.rank_no,
    pairs.rule,
    pairs.score,
    pairs.family_name_level,
    pairs.given_name_level,
    pairs.birth_date_level,
    pairs.postcode_level,
    pairs.upn_level,
    pairs.uln_level,
    pairs.has_swapped_names,
    lines.row_count,
    lines.outcome,
    lines.reason,
    lines.dataset,
    lines.provider,
    lines.first_delivered_on

from matched.pairs as pairs
inner join lines
    on pairs.match_no = lines.match_no
