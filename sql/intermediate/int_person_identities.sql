-- Everything the caseload ever recorded of who somebody is: one row per person
-- and way of recording them, with the months in which it stood.
-- grain: person_id, identity_no
-- column person_id: Id of the young person in the caseload system.
-- column identity_no: 1 for the first way recorded.
-- column family_name: Family name as recorded.
-- column given_name: First name as recorded.
-- column birth_date: Date of birth as recorded.
-- column postcode: Home postcode as recorded.
-- column upn: Permanent unique pupil number; null for a temporary one, which ends in a letter.
-- column uln: Unique learner number; null for the placeholder.
-- column previous_client_id: Id before a merge of records.
-- column is_merged: The record says that it was a duplicate merged into another.
-- column first_month_end: First month end with this record.
-- column last_month_end: Last month end with it.
-- not_null: is_merged, first_month_end, last_month_end
with

identities as (

    select
        client_id as person_id,
        family_name,
        given_name,
        birth_date,
        postcode,
        case
            when length(upn) = 13 and position(substr(upn, 13, 1) in '0123456789') > 0
                then upn
        end as upn,
        case when uln <> '9999999999' then uln end as uln,
        previous_client_id,
        coalesce(cohort_status = 'M', false) as is_merged,
        min(month_end) as first_month_end,
        max(month_end) as last_month_end

    from staging.stg_caseload__people
    group by
        client_id,
        family_name,
        given_name,
        birth_date,
        postcode,
        case
            when length(upn) = 13 and position(substr(upn, 13, 1) in '0123456789') > 0
                then upn
        end,
        case when uln <> '9999999999' then uln end,
        previous_client_id,
        coalesce(cohort_status = 'M', false)

)

-- A person has one record in a month, so no two identities begin with the same.
select
    person_id,
    row_number() over (
        partition by person_id
        order by first_month_end nulls last
    ) as identity_no,
    family_name,
    given_name,
    birth_date,
    postcode,
    upn,
    uln,
    previous_client_id,
    is_merged,
    first_month_end,
    last_month_end

from identities
