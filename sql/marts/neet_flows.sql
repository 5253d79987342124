-- Who became NEET and who ceased to be, from one month end to the next.
-- Residence-based. Somebody flows within a band only when the band's cohort
-- holds them at both month ends. Whoever comes into it or drops out of it is
-- counted beside the flows, because people move between authorities and into
-- custody, and whole year groups change bands together on 1 September. NEET at
-- the month end is NEET the month before, plus joiners and entered, less
-- leavers and left.
-- grain: month_end, age_band, basis
-- export: internal
-- column month_end: Last day of the month.
-- column age_band: Academic ages counted: 16, 17, 16-17, 18 or 16-18.
-- column basis: recorded, what the statutory return says; resolved, caseload and matched lists together.
-- column neet_count: NEET at the month end.
-- column previous_neet_count: NEET of the band at the month end before; null when that month has no caseload.
-- column joiners_count: NEET now, in the band's cohort and not NEET the month end before.
-- column leavers_count: NEET the month end before, in the band's cohort and not NEET now.
-- column from_not_known_count: Part of joiners_count: not known the month end before.
-- column to_not_known_count: Part of leavers_count: not known now.
-- column entered_cohort_neet: NEET now, and not in the band's cohort the month end before.
-- column left_cohort_neet: NEET the month end before, and no longer in the band's cohort.
-- column missing_reason: not_collected where the month before has no caseload; else null.
-- column as_at: Knowledge date of the build.
-- accepted basis: recorded, resolved
with

neet as (

    select person_id, month_no, basis, academic_age
    from intermediate.int_statuses
    where headline_group = 'NEET'

),

ever_neet as (

    select distinct person_id
    from neet

),

counted as (

    select
        statuses.person_id,
        statuses.month_no,
        statuses.basis,
        statuses.academic_age,
        statuses.headline_group

    from intermediate.int_statuses as statuses
    inner join ever_neet
        on statuses.person_id = ever_neet.person_id
    where statuses.headline_group <> 'EXCLUDED'

),

arrivals as (

    select
        neet.month_no,
        neet.basis,
        neet.academic_age,
        before.academic_age as other_age,
        before.headline_group as other_group

    from neet
    left join counted as before
        on neet.person_id = before.person_id
        and neet.basis = before.basis
        and neet.month_no - 1 = before.month_no

),

departures as (

    select
        neet.month_no + 1 as month_no,
        neet.basis,
        neet.academic_age,
        after.academic_age as other_age,
        after.headline_group as other_group

    from neet
    left join counted as after
        on neet.person_id = after.person_id
        and neet.basis = after.basis
        and neet.month_no + 1 = after.month_no

),

arrivals_by_band as (

    select
        arrivals.month_no,
        arrivals.basis,
        bands.age_band,
        arrivals.other_group,
        coalesce(arrivals.other_age between bands.min_age and bands.max_age, false)
            as was_in_band

    from arrivals
    inner join ref.age_bands as bands
        on arrivals.academic_age between bands.min_age and bands.max_age

),

departures_by_band as (

    select
        departures.month_no,
        departures.basis,
        bands.age_band,
        departures.other_group,
        coalesce(departures.other_age between bands.min_age and bands.max_age, false)
            as is_in_band

    from departures
    inner join ref.age_bands as bands
        on departures.academic_age between bands.min_age and bands.max_age

),

arrival_counts as (

    select
        month_no,
        basis,
        age_band,
        count(*) filter (where was_in_band and other_group <> 'NEET') as joiners_count,
        count(*) filter (where was_in_band and other_group = 'NOT_KNOWN')
            as from_not_known_count,
        count(*) filter (where not was_in_band) as entered_cohort_neet

    from arrivals_by_band
    group by month_no, basis, age_band

),

departure_counts as (

    select
        month_no,
        basis,
        age_band,
        count(*) filter (where is_in_band and other_group <> 'NEET') as leavers_count,
        count(*) filter (where is_in_band and other_group = 'NOT_KNOWN')
            as to_not_known_count,
        count(*) filter (where not is_in_band) as left_cohort_neet

    from departures_by_band
    group by month_no, basis, age_band

),

rates as (

    select
        month_end,
        month_no(month_end) as month_no,
        age_band,
        basis,
        neet_count

    from marts.neet_rates

),

paired as (

    select
        rates.month_end,
        rates.month_no,
        rates.age_band,
        rates.basis,
        rates.neet_count,
        before.neet_count as previous_neet_count,
        before.month_no is not null as has_month_before

    from rates
    left join rates as before
        on rates.month_no - 1 = before.month_no
        and rates.age_band = before.age_band
        and rates.basis = before.basis

)

select
    paired.month_end,
    paired.age_band,
    paired.basis,
    paired.neet_count,
    paired.previous_neet_count,
    case when paired.has_month_before then coalesce(arrival_counts.joiners_count, 0) end
        as joiners_count,
    case when paired.has_month_before then coalesce(departure_counts.leavers_count, 0) end
        as leavers_count,
    case
        when paired.has_month_before
            then coalesce(arrival_counts.from_not_known_count, 0)
    end as from_not_known_count,
    case
        when paired.has_month_before
            then coalesce(departure_counts.to_not_known_count, 0)
    end as to_not_known_count,
    case
        when paired.has_month_before
            then coalesce(arrival_counts.entered_cohort_neet, 0)
    end as entered_cohort_neet,
    case
        when paired.has_month_before
            then coalesce(departure_counts.left_cohort_neet, 0)
    end as left_cohort_neet,
    case when not paired.has_month_before then 'not_collected' end as missing_reason,
    build.as_at

from paired
left join arrival_counts
    on paired.month_no = arrival_counts.month_no
    and paired.basis = arrival_counts.basis
    and paired.age_band = arrival_counts.age_band
left join departure_counts
    on paired.month_no = departure_counts.month_no
    and paired.basis = departure_counts.basis
    and paired.age_band = departure_counts.age_band
cross join ref.build as build
