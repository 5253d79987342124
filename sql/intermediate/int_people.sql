-- Everybody the caseload ever held, with the identity it last recorded. Names
-- and date of birth are those of the newest record; a permanent UPN and a ULN
-- are the last ones recorded, because returns drop them when school ends.
-- grain: person_id
-- column person_id: Id of the young person in the caseload system.
-- column person_no: Number of the person in this build, in the order of the ids; tables of many months join on it, because a number is quicker to compare than an id.
-- column family_name: Family name as last recorded.
-- column given_name: First name as last recorded.
-- column upn: Last permanent unique pupil number; a temporary one, which ends in a letter, identifies nobody.
-- column uln: Last unique learner number.
-- column previous_client_id: Id before a merge of records, as last recorded.
-- column is_merged: The newest record says that it was a duplicate merged into another; nothing is linked to it.
-- column birth_date: Date of birth as last recorded.
-- not_null: is_merged, person_no
with

identities as (

    select
        client_id as person_id,
        family_name,
        given_name,
        birth_date,
        case
            when length(upn) = 13 and position(substr(upn, 13, 1) in '0123456789') > 0
                then upn
        end as permanent_upn,
        case when uln <> '9999999999' then uln end as real_uln,
        previous_client_id,
        cohort_status,
        max(month_end) as last_month_end

    from staging.stg_caseload__people
    group by
        client_id,
        family_name,
        given_name,
        birth_date,
        upn,
        uln,
        previous_client_id,
        cohort_status

),

-- A person has one record in a month, so no two identities end with the same.
last_months as (

    select
        person_id,
        max(last_month_end) as last_month_end,
        max(case when permanent_upn is not null then last_month_end end) as upn_month_end,
        max(case when real_uln is not null then last_month_end end) as uln_month_end,
        max(case when previous_client_id is not null then last_month_end end)
            as previous_month_end

    from identities
    group by person_id

),

newest as (

    select
        identities.person_id,
        max(
            case when identities.last_month_end = last_months.last_month_end
                then identities.family_name end
        ) as family_name,
        max(
            case when identities.last_month_end = last_months.last_month_end
                then identities.given_name end
        ) as given_name,
        max(
            case when identities.last_month_end = last_months.upn_month_end
                then identities.permanent_upn end
        ) as upn,
        max(
            case when identities.last_month_end = last_months.uln_month_end
                then identities.real_uln end
        ) as uln,
        max(
            case when identities.last_month_end = last_months.previous_month_end
                then identities.previous_client_id end
        ) as previous_client_id,
        coalesce(
            bool_or(
                identities.last_month_end = last_months.last_month_end
                and identities.cohort_status = 'M'
            ),
            false
        ) as is_merged,
        max(
            case when identities.last_month_end = last_months.last_month_end
                then identities.birth_date end
        ) as birth_date

    from identities
    inner join last_months
        on identities.person_id = last_months.person_id
    group by identities.person_id

)

select
    person_id,
    row_number() over (order by person_id nulls last) as person_no,
    family_name,
    given_name,
    upn,
    uln,
    previous_client_id,
    is_merged,
    birth_date

from newest
