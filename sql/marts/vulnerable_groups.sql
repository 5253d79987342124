-- Vulnerable groups at each month end, each in its own age span (ref.groups).
-- Residence-based: lead authority ours, cohort status P. A person may belong to
-- several groups, so groups never sum to the borough. Every month with a
-- caseload has every group and both bases.
-- grain: month_end, group_name, basis
-- column month_end: Last day of the month.
-- column group_name: Group of ref.groups.
-- column age_band: Academic ages that count in this group.
-- column basis: recorded, what the statutory return says; resolved, caseload and matched lists together.
-- column cohort_count: Members who count: EET + NEET + other + not known.
-- column eet_count: In education, employment with training, or training.
-- column neet_count: Not in education, employment or training.
-- column other_count: In work without regulated training.
-- column not_known_count: Activity not known, the lapsed included.
-- column excluded_count: Young adults in custody, outside the cohort.
-- column eet_percent: EET ÷ cohort, per cent; null when the cohort is empty.
-- column neet_percent: NEET ÷ cohort, per cent; null when the cohort is empty.
-- column not_known_percent: Not known ÷ cohort, per cent; null when the cohort is empty.
-- column combined_percent: NEET or not known ÷ cohort, from counts, per cent; null when the cohort is empty.
-- column missing_reason: no_cohort where the rates are null; else null.
-- column as_at: Knowledge date of the build.
-- accepted basis: recorded, resolved
-- not_null: age_band, cohort_count
-- export: internal
with

counts as (

    select
        members.month_end,
        members.group_name,
        statuses.basis,
        count(*) filter (where statuses.headline_group <> 'EXCLUDED') as cohort_count,
        count(*) filter (where statuses.headline_group = 'EET') as eet_count,
        count(*) filter (where statuses.headline_group = 'NEET') as neet_count,
        count(*) filter (where statuses.headline_group = 'OTHER') as other_count,
        count(*) filter (where statuses.headline_group = 'NOT_KNOWN') as not_known_count,
        count(*) filter (where statuses.headline_group = 'EXCLUDED') as excluded_count

    from intermediate.int_group_members as members
    inner join intermediate.int_statuses as statuses
        on members.person_id = statuses.person_id
        and members.month_end = statuses.month_end
    group by members.month_end, members.group_name, statuses.basis

),

months as (

    select distinct month_end, basis
    from marts.neet_rates

),

group_spans as (

    select distinct group_name, age_band
    from ref.groups

),

complete as (

    select
        months.month_end,
        group_spans.group_name,
        group_spans.age_band,
        months.basis,
        coalesce(counts.cohort_count, 0) as cohort_count,
        coalesce(counts.eet_count, 0) as eet_count,
        coalesce(counts.neet_count, 0) as neet_count,
        coalesce(counts.other_count, 0) as other_count,
        coalesce(counts.not_known_count, 0) as not_known_count,
        coalesce(counts.excluded_count, 0) as excluded_count

    from months
    cross join group_spans
    left join counts
        on months.month_end = counts.month_end
        and months.basis = counts.basis
        and group_spans.group_name = counts.group_name

)

select
    complete.month_end,
    complete.group_name,
    complete.age_band,
    complete.basis,
    complete.cohort_count,
    complete.eet_count,
    complete.neet_count,
    complete.other_count,
    complete.not_known_count,
    complete.excluded_count,
    percent_of(complete.eet_count, complete.cohort_count) as eet_percent,
    percent_of(complete.neet_count, complete.cohort_count) as neet_percent,
    percent_of(complete.not_known_count, complete.cohort_count) as not_known_percent,
    percent_of(complete.neet_count + complete.not_known_count, complete.cohort_count)
        as combined_percent,
    case when complete.cohort_count = 0 then 'no_cohort' end as missing_reason,
    build.as_at

from complete
cross join ref.build as build
