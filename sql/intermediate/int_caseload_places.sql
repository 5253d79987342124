-- Schools, colleges and employers as the caseload writes them, each spelling
-- with a number, so that the months need not repeat three texts.
-- Numbers follow UKPRN, establishment number and name, those without one last.
-- grain: place_no
-- column place_no: Number of the spelling in this build; also one for records that name no place.
-- column establishment_number: Seven digits, authority and establishment.
-- column establishment_name: Name of school, college or employer.
-- column ukprn: Provider reference number.
with

spellings as (

    select
        nullif(establishment_number, '') as establishment_number,
        nullif(establishment_name, '') as establishment_name,
        nullif(ukprn, '') as ukprn

    from staging.stg_caseload__people
    group by
        nullif(establishment_number, ''),
        nullif(establishment_name, ''),
        nullif(ukprn, '')

)

select
    row_number() over (
        order by
            ukprn nulls last,
            establishment_number nulls last,
            establishment_name nulls last
    ) as place_no,
    establishment_number,
    establishment_name,
    ukprn

from spellings
