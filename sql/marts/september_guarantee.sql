-- The September Guarantee: pupils of Years 11 and 12 with an offer of a place
-- by 30 September. Education-based: the rolls of our schools and colleges on
-- 31 May, wherever the pupils live. The cohort is frozen that day; an offer to a
-- later joiner counts among the offers only, so the parts need not sum to the
-- cohort and the rate may exceed 100. What DfE publishes is Y11-12, the only one
-- to compare with it. The borough counts a pupil of two rolls once.
-- grain: guarantee_year, year_group, institution
-- column guarantee_year: Calendar year of the September.
-- column academic_year: Academic year that holds that September.
-- column year_group: Y11, Y12 or Y11-12, both together.
-- column institution: School or college; all is the borough.
-- column cohort_count: Pupils on the roll in the latest cohort check delivered by 31 May.
-- column offer_made_count: Pupils with an offer, later joiners included.
-- column offer_not_appropriate_count: Pupils of the cohort for whom an offer is not appropriate.
-- column no_offer_count: Pupils of the cohort without an offer.
-- column not_recorded_count: Pupils of the cohort of whom nothing is recorded.
-- column later_joiner_offer_count: Part of offer_made_count: offers to pupils who joined a roll after 31 May.
-- column caseload_status_count: Pupils of the cohort whose status comes from the caseload, because no list says anything.
-- column offer_made_percent: Offers ÷ cohort, per cent; null when the cohort is empty.
-- column is_cohort_frozen: The build knows all deliveries up to 31 May.
-- column is_final: The build knows all deliveries up to 30 September.
-- column missing_reason: no_cohort where the rate is null; else null.
-- column as_at: Knowledge date of the build.
-- accepted year_group: Y11, Y12, Y11-12
-- not_null: academic_year, cohort_count
-- export: internal
with

labels (year_label, year_group) as (

    values
        ('Y11', 11),
        ('Y12', 12),
        ('Y11-12', 11),
        ('Y11-12', 12)

),

borough as (

    select
        *,
        row_number() over (
            partition by guarantee_year, year_group, pupil_key
            order by
                case when is_in_cohort then 0 else 1 end nulls last,
                institution nulls last
        ) as roll_rank

    from intermediate.int_guarantee_pupils

),

pupils as (

    select guarantee_year, year_group, institution, is_in_cohort, offer_category, offer_basis
    from intermediate.int_guarantee_pupils

    union all

    select
        guarantee_year, year_group, 'all' as institution, is_in_cohort, offer_category,
        offer_basis
    from borough
    where roll_rank = 1

),

counts as (

    select
        pupils.guarantee_year,
        labels.year_label,
        pupils.institution,
        count(*) filter (where pupils.is_in_cohort) as cohort_count,
        count(*) filter (where pupils.offer_category = 'offer_made') as offer_made_count,
        count(*) filter (where pupils.offer_category = 'not_appropriate')
            as offer_not_appropriate_count,
        count(*) filter (where pupils.offer_category = 'no_offer') as no_offer_count,
        count(*) filter (where pupils.offer_category = 'not_recorded') as not_recorded_count,
        count(*) filter (where not pupils.is_in_cohort) as later_joiner_offer_count,
        count(*) filter (where pupils.is_in_cohort and pupils.offer_basis = 'caseload')
            as caseload_status_count

    from pupils
    inner join labels on pupils.year_group = labels.year_group
    group by pupils.guarantee_year, labels.year_label, pupils.institution

)

select
    counts.guarantee_year,
    septembers.academic_year,
    counts.year_label as year_group,
    counts.institution,
    counts.cohort_count,
    counts.offer_made_count,
    counts.offer_not_appropriate_count,
    counts.no_offer_count,
    counts.not_recorded_count,
    counts.later_joiner_offer_count,
    counts.caseload_status_count,
    percent_of(counts.offer_made_count, counts.cohort_count) as offer_made_percent,
    build.as_at > mays.month_end as is_cohort_frozen,
    build.as_at > septembers.month_end as is_final,
    case when counts.cohort_count = 0 then 'no_cohort' end as missing_reason,
    build.as_at

from counts
inner join ref.months as septembers
    on septembers.month_no = counts.guarantee_year * 12 + 9
inner join ref.months as mays
    on mays.month_no = counts.guarantee_year * 12 + 5
cross join ref.build as build
