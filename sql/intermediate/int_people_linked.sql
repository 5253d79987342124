-- Who is who: every line of a list with the person of the caseload it is
-- about, as matching found it. A line is linked by the first of these that
-- names exactly one person: a reviewer's decision, the caseload's own id,
-- permanent UPN, ULN, an id of the list that another line confirmed, exact
-- family name + first name + date of birth, the date of birth with close names
-- and the postcode, a slip in the date with exact names and the postcode, and
-- last all fields together. What speaks against a link, a twin whom no number
-- tells apart, or two people who fit about equally well, send the line to review.
-- A person merged into another record is not linked to; lists may still use
-- the old client id.
-- grain: dataset, provider, file_hash, sheet, line
-- column dataset: Kind of list.
-- column provider: Inbox folder the list came in.
-- column file_hash: SHA-256 of the delivered file.
-- column sheet: Worksheet of the delivered file; empty for CSV.
-- column line: Line in the delivered file.
-- column delivered_on: Day of the delivery, Europe/London.
-- column list_year: Academic year the list is about.
-- column person_id: Person of the caseload; null when there is none or more than one.
-- column link_rule: Rule that linked; null when not linked.
-- column link_outcome: linked; to_review when somebody fits and a person has to decide; unmatched when nobody does.
-- column link_score: Bits by which the best candidate is likelier the person than not; null without one.
-- column is_current: No newer delivery has replaced the line.
-- accepted link_rule: decision, client_id, upn, uln, remembered_id, name_birth_date,
--   close_name_postcode, date_slip_postcode, score
-- accepted link_outcome: linked, to_review, unmatched
-- materialized: view
-- not_null: link_outcome
select
    dataset,
    provider,
    file_hash,
    sheet,
    line,
    delivered_on,
    list_year,
    person_id,
    rule as link_rule,
    outcome as link_outcome,
    score as link_score,
    is_current

from matched.links
