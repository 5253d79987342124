-- What young residents do at each month end, by ward of the postcode in that
-- month's caseload. Residence-based. Wards are small, so this mart is not exported
-- while there is no disclosure control.
-- Wards and the rows unknown (no lookup places the postcode) and outside (it
-- lies in another authority) sum to the borough; these two are not wards. Rows
-- are given for the boundary version in force at the month end and for every
-- other version that a delivered lookup holds; never mix versions. Every ward
-- of a version has a row, also one where nobody of the band lives.
-- grain: month_end, age_band, basis, boundary_version, ward_code
-- column month_end: Last day of the month.
-- column age_band: Academic ages counted: 16, 17, 16-17, 18 or 16-18.
-- column basis: recorded, what the statutory return says; resolved, caseload and matched lists together.
-- column boundary_version: Version of the ward boundaries (ref.boundary_versions).
-- column ward_code: GSS code of the ward, unknown or outside.
-- column ward_name: Name of the ward, unknown or outside.
-- column cohort_count: Residents of the band who count: EET + NEET + not known + other.
-- column eet_count: In education, employment with training, or training. Jobs without training are in other_count, so EET can rise while participation falls.
-- column neet_count: Not in education, employment or training.
-- column not_known_count: Activity not known, the lapsed included.
-- column lapsed_count: Part of not_known_count: the record had an activity that is no longer current.
-- column other_count: In work without regulated training.
-- column excluded_count: Young adults in custody, outside the cohort.
-- column participating_count: In education or training in the sense of the participation duty (RPA = P).
-- column eet_percent: EET ÷ cohort, per cent; null when the cohort is empty.
-- column neet_percent: NEET ÷ cohort, per cent; null when the cohort is empty.
-- column not_known_percent: Not known ÷ cohort, per cent; null when the cohort is empty.
-- column combined_percent: NEET or not known ÷ cohort, from counts, per cent; null when the cohort is empty.
-- column participating_percent: Participating ÷ cohort, per cent; null when the cohort is empty.
-- column missing_reason: no_cohort where the rates are null; else null.
-- column as_at: Knowledge date of the build.
-- column is_ward: A ward; false for unknown and outside.
-- column is_in_force: The boundary version is in force at the month end.
-- accepted basis: recorded, resolved
with

counts_by_age as (

    select
        statuses.month_end,
        statuses.basis,
        statuses.academic_age,
        postcodes.boundary_version,
        postcodes.ward_code,
        count(*) filter (where statuses.headline_group <> 'EXCLUDED') as cohort_count,
        count(*) filter (where statuses.headline_group = 'EET') as eet_count,
        count(*) filter (where statuses.headline_group = 'NEET') as neet_count,
        count(*) filter (where statuses.headline_group = 'NOT_KNOWN') as not_known_count,
        count(*) filter (where statuses.is_lapsed) as lapsed_count,
        count(*) filter (where statuses.headline_group = 'OTHER') as other_count,
        count(*) filter (where statuses.headline_group = 'EXCLUDED') as excluded_count,
        count(*) filter (where statuses.is_participating) as participating_count

    from intermediate.int_statuses as statuses
    inner join intermediate.int_postcode_wards as postcodes
        on statuses.postcode = postcodes.postcode
    group by
        statuses.month_end,
        statuses.basis,
        statuses.academic_age,
        postcodes.boundary_version,
        postcodes.ward_code

),

counts_by_band as (

    select
        counts_by_age.month_end,
        bands.age_band,
        counts_by_age.basis,
        counts_by_age.boundary_version,
        counts_by_age.ward_code,
        cast(coalesce(sum(counts_by_age.cohort_count), 0) as bigint) as cohort_count,
        cast(coalesce(sum(counts_by_age.eet_count), 0) as bigint) as eet_count,
        cast(coalesce(sum(counts_by_age.neet_count), 0) as bigint) as neet_count,
        cast(coalesce(sum(counts_by_age.not_known_count), 0) as bigint) as not_known_count,
        cast(coalesce(sum(counts_by_age.lapsed_count), 0) as bigint) as lapsed_count,
        cast(coalesce(sum(counts_by_age.other_count), 0) as bigint) as other_count,
        cast(coalesce(sum(counts_by_age.excluded_count), 0) as bigint) as excluded_count,
        cast(coalesce(sum(counts_by_age.participating_count), 0) as bigint) as participating_count

    from counts_by_age
    inner join ref.age_bands as bands
        on counts_by_age.academic_age between bands.min_age and bands.max_age
    group by
        counts_by_age.month_end,
        bands.age_band,
        counts_by_age.basis,
        counts_by_age.boundary_version,
        counts_by_age.ward_code

),

looked_up_versions as (

    select distinct boundary_version
    from staging.stg_postcodes__rows
    where boundary_version is not null

),

authority as (

    select value as la_code
    from ref.settings
    where name = 'la_code'

),

months as (

    select distinct month_end, basis
    from counts_by_age

),

month_versions as (

    select
        months.month_end,
        months.basis,
        versions.boundary_version,
        months.month_end >= versions.valid_from
            and coalesce(months.month_end <= versions.valid_to, true) as is_in_force

    from months
    cross join ref.boundary_versions as versions
    inner join authority on versions.la_code = authority.la_code
    left join looked_up_versions
        on versions.boundary_version = looked_up_versions.boundary_version
    where looked_up_versions.boundary_version is not null
        or (
            months.month_end >= versions.valid_from
            and coalesce(months.month_end <= versions.valid_to, true)
        )

),

wards as (

    select wards.boundary_version, wards.ward_code, wards.ward_name, true as is_ward
    from ref.wards as wards
    inner join authority on wards.la_code = authority.la_code

    union all

    select
        versions.boundary_version,
        leftovers.ward_code,
        leftovers.ward_code as ward_name,
        false as is_ward

    from ref.boundary_versions as versions
    inner join authority on versions.la_code = authority.la_code
    cross join (values ('unknown'), ('outside')) as leftovers (ward_code)

),

ward_counts as (

    select
        month_versions.month_end,
        bands.age_band,
        month_versions.basis,
        month_versions.boundary_version,
        wards.ward_code,
        wards.ward_name,
        wards.is_ward,
        month_versions.is_in_force,
        coalesce(counts_by_band.cohort_count, 0) as cohort_count,
        coalesce(counts_by_band.eet_count, 0) as eet_count,
        coalesce(counts_by_band.neet_count, 0) as neet_count,
        coalesce(counts_by_band.not_known_count, 0) as not_known_count,
        coalesce(counts_by_band.lapsed_count, 0) as lapsed_count,
        coalesce(counts_by_band.other_count, 0) as other_count,
        coalesce(counts_by_band.excluded_count, 0) as excluded_count,
        coalesce(counts_by_band.participating_count, 0) as participating_count

    from month_versions
    inner join wards
        on month_versions.boundary_version = wards.boundary_version
    cross join ref.age_bands as bands
    left join counts_by_band
        on month_versions.month_end = counts_by_band.month_end
        and month_versions.basis = counts_by_band.basis
        and month_versions.boundary_version = counts_by_band.boundary_version
        and wards.ward_code = counts_by_band.ward_code
        and bands.age_band = counts_by_band.age_band

)

select
    ward_counts.month_end,
    ward_counts.age_band,
    ward_counts.basis,
    ward_counts.boundary_version,
    ward_counts.ward_code,
    ward_counts.ward_name,
    ward_counts.cohort_count,
    ward_counts.eet_count,
    ward_counts.neet_count,
    ward_counts.not_known_count,
    ward_counts.lapsed_count,
    ward_counts.other_count,
    ward_counts.excluded_count,
    ward_counts.participating_count,
    percent_of(ward_counts.eet_count, ward_counts.cohort_count) as eet_percent,
    percent_of(ward_counts.neet_count, ward_counts.cohort_count) as neet_percent,
    percent_of(ward_counts.not_known_count, ward_counts.cohort_count) as not_known_percent,
    percent_of(ward_counts.neet_count + ward_counts.not_known_count, ward_counts.cohort_count)
        as combined_percent,
    percent_of(ward_counts.participating_count, ward_counts.cohort_count) as participating_percent,
    case when ward_counts.cohort_count = 0 then 'no_cohort' end as missing_reason,
    build.as_at,
    ward_counts.is_ward,
    ward_counts.is_in_force

from ward_counts
cross join ref.build as build
