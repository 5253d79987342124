-- Ward of every postcode that the caseload holds, for each version of the ward
-- boundaries. The newest lookup row of a postcode and version counts.
-- "outside" is a postcode that lookups place in another authority; "unknown"
-- one that no lookup places, or that is ours without a ward in this version.
-- Neither is a ward; they make wards sum to the borough.
-- grain: postcode, boundary_version
-- column postcode: Home postcode as in the caseload; empty where the record has none.
-- column boundary_version: Version of the ward boundaries.
-- column ward_code: GSS code of the ward, unknown or outside.
-- not_null: ward_code
with

caseload_postcodes as (

    select coalesce(postcode, '') as postcode
    from intermediate.int_caseload_months
    where is_in_cohort
    group by coalesce(postcode, '')

),

authority as (

    select value as la_code
    from ref.settings
    where name = 'la_code'

),

own_wards as (

    select
        wards.ward_code,
        wards.lad_code,
        wards.boundary_version

    from ref.wards as wards
    inner join authority on wards.la_code = authority.la_code

),

own_authority as (

    select distinct lad_code
    from own_wards

),

lookups as (

    select
        caseload_postcodes.postcode,
        lookup_rows.lad_code,
        own_wards.ward_code,
        own_wards.boundary_version,
        lookup_rows.delivered_at,
        lookup_rows.file_hash,
        lookup_rows.sheet,
        lookup_rows.line

    from caseload_postcodes
    inner join staging.stg_postcodes__rows as lookup_rows
        on caseload_postcodes.postcode = lookup_rows.postcode
    left join own_wards
        on lookup_rows.ward_code = own_wards.ward_code

),

ranked_lookups as (

    select
        postcode,
        boundary_version,
        ward_code,
        row_number() over (
            partition by postcode, boundary_version
            order by
                delivered_at desc nulls last,
                file_hash desc nulls last,
                sheet desc nulls last,
                line desc nulls last
        ) as lookup_rank

    from lookups
    where ward_code is not null

),

known_authorities as (

    select
        lookups.postcode,
        max(case when own_authority.lad_code is null then 0 else 1 end) as is_ours

    from lookups
    left join own_authority
        on lookups.lad_code = own_authority.lad_code
    group by lookups.postcode

)

select
    caseload_postcodes.postcode,
    versions.boundary_version,
    case
        when ranked_lookups.ward_code is not null then ranked_lookups.ward_code
        when known_authorities.is_ours = 0 then 'outside'
        else 'unknown'
    end as ward_code

from caseload_postcodes
cross join ref.boundary_versions as versions
inner join authority on versions.la_code = authority.la_code
left join ranked_lookups
    on caseload_postcodes.postcode = ranked_lookups.postcode
    and versions.boundary_version = ranked_lookups.boundary_version
    and ranked_lookups.lookup_rank = 1
left join known_authorities
    on caseload_postcodes.postcode = known_authorities.postcode
