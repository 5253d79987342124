-- Every measure against the same period a year before: one row per measure,
-- age band, basis and period. The measures come from the other marts, one
-- common table expression for each. Counts residence, but the guarantee measures
-- count education: pupils on our rolls, wherever they live.
-- grain: measure, age_band, basis, period_kind, period
-- column as_at: Knowledge date of the build.
-- column measure: Name that says what it is: neet_percent, neet_count, ward_gap_neet_points, rank_best_combined_lcr and so on.
-- column unit: people, per cent, points, days or rank.
-- column age_band: 16, 17, 16-17, 18 or 16-18, for a group its own span; none where the measure has no band.
-- column basis: recorded or resolved; none for the guarantee, and for ranks, which are of other people's figures.
-- column period_kind: same_month (a month against the same month a year before), three_month, quarter, quarters_2_to_4, annual_mean, annual_mean_without_september or published.
-- column period: Month 2021-10, quarter 2020/21-Q2, academic year 2020/21 or, for the Guarantee, calendar year of the September.
-- column academic_year: Academic year of the period.
-- column value: The figure; ranks are 1 = best.
-- column previous_value: The figure of the same period a year before; null where there is none.
-- column change: Value less previous value, in the unit of the measure; null for a gap across a change of ward boundaries.
-- column change_percent: Change of a count in per cent of the previous value; null for rates, gaps and ranks.
-- column change_points: Change of a rate or gap in percentage points; null for counts and ranks.
-- column source_kind: own, or for ranks published, portal or synthetic.
-- accepted unit: people, per cent, points, days, rank
-- accepted period_kind: same_month, three_month, quarter, quarters_2_to_4, annual_mean, annual_mean_without_september, published
-- accepted basis: recorded, resolved, none
-- accepted source_kind: own, published, portal, synthetic
-- not_null: as_at, unit, academic_year, source_kind
-- export: internal
with

rates as (

    select
        months.period,
        months.academic_year,
        months.month_no,
        neet_rates.age_band,
        neet_rates.basis,
        neet_rates.cohort_count,
        neet_rates.eet_count,
        neet_rates.neet_count,
        neet_rates.not_known_count,
        neet_rates.lapsed_count,
        neet_rates.other_count,
        neet_rates.participating_count,
        neet_rates.eet_percent,
        neet_rates.neet_percent,
        neet_rates.not_known_percent,
        neet_rates.combined_percent,
        neet_rates.participating_percent

    from marts.neet_rates as neet_rates
    inner join ref.months as months
        on neet_rates.month_end = months.month_end

),

monthly_measures (measure, unit) as (

    values
        ('cohort_count', 'people'),
        ('eet_count', 'people'),
        ('neet_count', 'people'),
        ('not_known_count', 'people'),
        ('lapsed_count', 'people'),
        ('combined_count', 'people'),
        ('other_count', 'people'),
        ('participating_count', 'people'),
        ('eet_percent', 'per cent'),
        ('neet_percent', 'per cent'),
        ('not_known_percent', 'per cent'),
        ('combined_percent', 'per cent'),
        ('participating_percent', 'per cent')

),

monthly_values as (

    select
        monthly_measures.measure,
        monthly_measures.unit,
        rates.age_band,
        rates.basis,
        'same_month' as period_kind,
        rates.period,
        rates.academic_year,
        rates.month_no,
        case monthly_measures.measure
            when 'cohort_count' then CAST(rates.cohort_count AS DOUBLE)
            when 'eet_count' then CAST(rates.eet_count AS DOUBLE)
            when 'neet_count' then CAST(rates.neet_count AS DOUBLE)
            when 'not_known_count' then CAST(rates.not_known_count AS DOUBLE)
            when 'lapsed_count' then CAST(rates.lapsed_count AS DOUBLE)
            when 'combined_count'
                then CAST(rates.neet_count + rates.not_known_count AS DOUBLE)
            when 'other_count' then CAST(rates.other_count AS DOUBLE)
            when 'participating_count'
                then CAST(rates.participating_count AS DOUBLE)
            when 'eet_percent' then rates.eet_percent
            when 'neet_percent' then rates.neet_percent
            when 'not_known_percent' then rates.not_known_percent
            when 'combined_percent' then rates.combined_percent
            when 'participating_percent' then rates.participating_percent
        end as value,
        'none' as boundary_version,
        'own' as source_kind

    from rates
    cross join monthly_measures

),

-- The last month of each period, so that a year before is twelve months less.
period_ends as (

    select
        academic_year as period,
        max(month_no) as month_no
    from ref.months
    group by academic_year

    union all

    select
        quarter as period,
        max(month_no) as month_no
    from ref.months
    group by quarter

),

-- March participation is no year and no quarter: it stands among the months.
headline_values as (

    select
        case headlines.measure
            when 'participation' then 'participating_percent'
            else headlines.measure || '_percent'
        end as measure,
        'per cent' as unit,
        headlines.age_band,
        headlines.basis,
        headlines.period_kind,
        headlines.period,
        headlines.academic_year,
        period_ends.month_no,
        headlines.value_percent as value,
        'none' as boundary_version,
        'own' as source_kind

    from marts.neet_headlines as headlines
    inner join period_ends
        on headlines.period = period_ends.period

),

boundaries as (

    select distinct
        versions.boundary_version,
        versions.valid_from,
        versions.valid_to
    from ref.boundary_versions as versions
    inner join ref.settings as settings
        on settings.name = 'la_code'
            and versions.la_code = settings.value

),

ward_gap_values as (

    select
        'ward_gap_' || gaps.measure || '_points' as measure,
        'points' as unit,
        gaps.age_band,
        gaps.basis,
        'same_month' as period_kind,
        months.period,
        months.academic_year,
        months.month_no,
        gaps.gap_points as value,
        gaps.boundary_version,
        'own' as source_kind

    from marts.ward_gaps as gaps
    inner join ref.months as months
        on gaps.month_end = months.month_end
    inner join boundaries
        on gaps.boundary_version = boundaries.boundary_version
            and (
                boundaries.valid_from is null
                or boundaries.valid_from <= gaps.month_end
            )
            and (
                boundaries.valid_to is null
                or boundaries.valid_to >= gaps.month_end
            )

),

-- Several files may rank us for one period: published ones come before the
-- portal's, those before synthetic ones, then the newest list of neighbours in
-- force and the last file name.
own_ranks as (

    select
        'rank_best_' || measures.stem || '_' || areas.comparison_group
            as measure,
        measures.age_band,
        case areas.period_kind
            when 'month' then 'same_month'
            else areas.period_kind
        end as period_kind,
        areas.period,
        areas.academic_year,
        areas.rank_best,
        areas.source_kind,
        row_number() over (
            partition by
                areas.measure,
                areas.comparison_group,
                areas.period_kind,
                areas.period
            order by
                case areas.source_kind
                    when 'published' then 1
                    when 'portal' then 2
                    else 3
                end nulls last,
                case areas.list_basis when 'newest' then 2 else 1 end
                    nulls last,
                areas.areas_ranked desc nulls last,
                areas.source_file desc nulls last,
                areas.list_vintage desc nulls last
        ) as preferred_first

    from marts.area_comparisons as areas
    inner join ref.measures as measures
        on areas.measure = measures.code
    where areas.is_own_area
        and areas.rank_best is not null

),

rank_values as (

    select
        own_ranks.measure,
        'rank' as unit,
        own_ranks.age_band,
        'none' as basis,
        own_ranks.period_kind,
        own_ranks.period,
        own_ranks.academic_year,
        months.month_no,
        CAST(own_ranks.rank_best AS DOUBLE) as value,
        'none' as boundary_version,
        own_ranks.source_kind

    from own_ranks
    inner join ref.months as months
        on own_ranks.academic_year = months.academic_year
    where own_ranks.preferred_first = 1
        and case own_ranks.period_kind
            when 'same_month' then own_ranks.period = months.period
            else months.month_of_year = 8
        end

),

guarantee_values as (

    select
        'guarantee_' || replace(lower(guarantee.year_group), '-', '_') || '_percent' as measure,
        'per cent' as unit, 'none' as age_band, 'none' as basis,
        'published' as period_kind,
        CAST(guarantee.guarantee_year AS VARCHAR(4)) as period,
        guarantee.academic_year,
        guarantee.guarantee_year * 12 + 9 as month_no,
        guarantee.offer_made_percent as value,
        'none' as boundary_version, 'own' as source_kind

    from marts.september_guarantee as guarantee
    where guarantee.institution = 'all'

),

days_values as (

    select
        'mean_days_open_spell' as measure, 'days' as unit,
        days.age_band, 'recorded' as basis, 'same_month' as period_kind,
        days.period, days.academic_year, months.month_no, days.mean_days as value,
        'none' as boundary_version, 'own' as source_kind

    from marts.days_neet as days
    inner join ref.months as months
        on days.period = months.period
    where days.population = 'neet_now' and days.spell_window = 'open_spell'

),

group_values as (

    select
        'group_' || people.group_name || '_' || measures.measure as measure,
        case when measures.measure like '%_count' then 'people' else 'per cent' end as unit,
        people.age_band, people.basis, 'same_month' as period_kind,
        months.period, months.academic_year, months.month_no,
        case measures.measure
            when 'cohort_count' then CAST(people.cohort_count AS DOUBLE)
            when 'eet_count' then CAST(people.eet_count AS DOUBLE)
            when 'neet_count' then CAST(people.neet_count AS DOUBLE)
            when 'eet_percent' then people.eet_percent
            when 'neet_percent' then people.neet_percent
            else people.combined_percent
        end as value,
        'none' as boundary_version, 'own' as source_kind

    from marts.vulnerable_groups as people
    inner join ref.months as months
        on people.month_end = months.month_end
    cross join monthly_measures as measures
    where measures.measure in (
            'cohort_count', 'eet_count', 'neet_count', 'eet_percent', 'neet_percent',
            'combined_percent'
        )

),

all_values as (

    select * from monthly_values
    union all
    select * from headline_values
    union all
    select * from ward_gap_values
    union all
    select * from rank_values
    union all
    select * from guarantee_values
    union all
    select * from days_values
    union all
    select * from group_values

),

with_year_before as (

    select
        this_year.measure,
        this_year.unit,
        this_year.age_band,
        this_year.basis,
        this_year.period_kind,
        this_year.period,
        this_year.academic_year,
        this_year.value,
        year_before.value as previous_value,
        case
            when this_year.boundary_version = year_before.boundary_version
                then this_year.value - year_before.value
        end as change,
        this_year.source_kind

    from all_values as this_year
    left join all_values as year_before
        on this_year.measure = year_before.measure
            and this_year.age_band = year_before.age_band
            and this_year.basis = year_before.basis
            and this_year.period_kind = year_before.period_kind
            and this_year.month_no - 12 = year_before.month_no

)

select
    build.as_at,
    with_year_before.measure,
    with_year_before.unit,
    with_year_before.age_band,
    with_year_before.basis,
    with_year_before.period_kind,
    with_year_before.period,
    with_year_before.academic_year,
    with_year_before.value,
    with_year_before.previous_value,
    with_year_before.change,
    case
        when with_year_before.unit = 'people'
            then percent_of(
                with_year_before.change, with_year_before.previous_value
            )
    end as change_percent,
    case
        when with_year_before.unit in ('per cent', 'points')
            then with_year_before.change
    end as change_points,
    with_year_before.source_kind

from with_year_before
cross join ref.build as build
