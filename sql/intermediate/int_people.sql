-- Everybody the caseload ever held, with the identity it last recorded. Names
-- and date of birth are those of the newest record; a permanent UPN and a ULN
-- are the last ones recorded, because returns drop them when school ends.
-- grain: person_id
-- column person_id: Id of the young person in the caseload system.
-- column family_name: Family name as last recorded.
-- column given_name: First name as last recorded.
-- column upn: Last permanent unique pupil number; a temporary one, which ends in a letter, identifies nobody.
-- column uln: Last unique learner number.
-- column previous_client_id: Id before a merge of records, as last recorded.
-- column is_merged: The newest record says that it was a duplicate merged into another; nothing is linked to it.
-- column birth_date: Date of birth as last recorded.
-- not_null: is_merged
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

ranked as (

    select
        *,
        row_number() over newest as newest_rank,
        row_number() over (
            partition by person_id, case when permanent_upn is null then 0 else 1 end
            order by last_month_end desc nulls last, permanent_upn nulls last
        ) as upn_rank,
        row_number() over (
            partition by person_id, case when real_uln is null then 0 else 1 end
            order by last_month_end desc nulls last, real_uln nulls last
        ) as uln_rank,
        row_number() over (
            partition by person_id, case when previous_client_id is null then 0 else 1 end
            order by last_month_end desc nulls last, previous_client_id nulls last
        ) as previous_rank

    from identities
    window newest as (
        partition by person_id
        order by
            last_month_end desc nulls last,
            family_name nulls last,
            given_name nulls last,
            birth_date nulls last,
            cohort_status nulls last
    )

)

select
    person_id,
    max(case when newest_rank = 1 then family_name end) as family_name,
    max(case when newest_rank = 1 then given_name end) as given_name,
    max(case when upn_rank = 1 then permanent_upn end) as upn,
    max(case when uln_rank = 1 then real_uln end) as uln,
    max(case when previous_rank = 1 then previous_client_id end) as previous_client_id,
    bool_or(newest_rank = 1 and cohort_status = 'M') as is_merged,
    max(case when newest_rank = 1 then birth_date end) as birth_date

from ranked
group by person_id
