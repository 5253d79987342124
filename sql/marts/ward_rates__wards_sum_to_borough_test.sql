-- Wards, unknown and outside hold everybody of the borough exactly once, in each
-- version of the boundaries.
with

summed as (

    select
        month_end,
        age_band,
        basis,
        boundary_version,
        cast(sum(cohort_count) as bigint) as cohort_count,
        cast(sum(neet_count) as bigint) as neet_count,
        cast(sum(not_known_count) as bigint) as not_known_count,
        cast(sum(excluded_count) as bigint) as excluded_count

    from marts.ward_rates
    group by month_end, age_band, basis, boundary_version

)

select
    summed.month_end,
    summed.age_band,
    summed.basis,
    summed.boundary_version

from summed
left join marts.neet_rates as borough
    on summed.month_end = borough.month_end
    and summed.age_band = borough.age_band
    and summed.basis = borough.basis
where summed.cohort_count is distinct from borough.cohort_count
    or summed.neet_count is distinct from borough.neet_count
    or summed.not_known_count is distinct from borough.not_known_count
    or summed.excluded_count is distinct from borough.excluded_count
