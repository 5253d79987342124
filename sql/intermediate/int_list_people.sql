-- Everybody on a list, with the keys by which the caseload may know them: one
-- row per line of a delivered list of starters, applications, cohort checks,
-- interventions or register entries.
-- grain: dataset, provider, file_hash, sheet, line
-- column dataset: Kind of list.
-- column provider: Inbox folder the list came in.
-- column file_hash: SHA-256 of the delivered file.
-- column sheet: Worksheet of the delivered file; empty for CSV.
-- column line: Line in the delivered file.
-- column delivered_on: Day of the delivery, Europe/London.
-- column list_year: Academic year the list is about.
-- column list_person_key: The list's own id of the person, where it has one.
-- column client_id: Caseload id, on the advisers' log and on registers.
-- column upn: Permanent unique pupil number; temporary ones are left out.
-- column uln: Unique learner number.
-- column family_name: Family name as listed.
-- column given_name: First name as listed.
-- column preferred_family_name: Family name the person goes by, on rolls.
-- column former_family_name: Earlier family name, on rolls.
-- column postcode: Home postcode as listed.
-- column is_current: No newer delivery has replaced the row.
-- column birth_date: Date of birth.
-- not_null: is_current
with

listed as (

    select
        'college_starters' as dataset,
        provider, file_hash, sheet, line, delivered_on, list_year,
        list_person_key,
        cast(null as varchar(100)) as client_id,
        upn, uln,
        surname as family_name,
        forename as given_name,
        cast(null as varchar(100)) as preferred_family_name,
        cast(null as varchar(100)) as former_family_name,
        postcode,
        is_current, birth_date

    from staging.stg_college_starters__aims

    union all

    select
        'cohort_checks' as dataset,
        provider, file_hash, sheet, line, delivered_on, list_year,
        cast(null as varchar(100)) as list_person_key,
        cast(null as varchar(100)) as client_id,
        upn, uln,
        surname as family_name,
        forename as given_name,
        preferred_surname as preferred_family_name,
        former_surname as former_family_name,
        postcode,
        is_current, birth_date

    from staging.stg_cohort_checks__pupils

    union all

    select
        'ucas' as dataset,
        provider, file_hash, sheet, line, delivered_on, list_year,
        list_person_key,
        cast(null as varchar(100)) as client_id,
        cast(null as varchar(100)) as upn,
        cast(null as varchar(100)) as uln,
        surname as family_name,
        forename as given_name,
        cast(null as varchar(100)) as preferred_family_name,
        cast(null as varchar(100)) as former_family_name,
        postcode,
        is_current, birth_date

    from staging.stg_ucas__applications

    union all

    select
        'interventions' as dataset,
        provider, file_hash, sheet, line, delivered_on, list_year,
        cast(null as varchar(100)) as list_person_key,
        client_id,
        cast(null as varchar(100)) as upn,
        cast(null as varchar(100)) as uln,
        cast(null as varchar(100)) as family_name,
        cast(null as varchar(100)) as given_name,
        cast(null as varchar(100)) as preferred_family_name,
        cast(null as varchar(100)) as former_family_name,
        cast(null as varchar(100)) as postcode,
        is_current,
        cast(null as date) as birth_date

    from staging.stg_interventions__events

    union all

    select
        'registers' as dataset,
        provider, file_hash, sheet, line, delivered_on, list_year,
        cast(null as varchar(100)) as list_person_key,
        client_id,
        cast(null as varchar(100)) as upn,
        cast(null as varchar(100)) as uln,
        surname as family_name,
        forename as given_name,
        cast(null as varchar(100)) as preferred_family_name,
        cast(null as varchar(100)) as former_family_name,
        cast(null as varchar(100)) as postcode,
        is_current, birth_date

    from staging.stg_registers__entries

)

select
    dataset,
    provider,
    file_hash,
    sheet,
    line,
    delivered_on,
    list_year,
    list_person_key,
    client_id,
    case
        when length(upn) = 13 and position(substr(upn, 13, 1) in '0123456789') > 0
            then upn
    end as upn,
    case when uln <> '9999999999' then uln end as uln,
    family_name,
    given_name,
    preferred_family_name,
    former_family_name,
    postcode,
    is_current,
    birth_date

from listed
