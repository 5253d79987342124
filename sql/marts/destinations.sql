-- Offers, starters, no-shows and early leavers by provider and route, and places
-- in higher education by centre. Education-based: people of the lists who are in
-- the caseload, wherever they live; who is on a list and in no caseload cannot be
-- followed and is not counted. A no-show is concluded only where the provider's
-- list has arrived, and only for who is on no starters list and no roll of Years
-- 12 to 14; absence from a list never is a drop-out.
-- grain: academic_year, provider, route
-- column academic_year: Year of the start.
-- column provider: Provider, or centre for higher education; all is the borough, where each person counts once; other is an offer by a name that no table knows.
-- column route: apprenticeship, school, sixth_form, fe, training, special, university, other, higher_education; all is every route together.
-- column offer_count: People with an offer of the provider by 30 September; for higher education, with a place.
-- column starter_count: People on the provider's starters list; null where none has arrived.
-- column no_show_count: People with an offer who are on no list of the year; null where the provider's list has not arrived.
-- column no_show_in_learning_count: Part of no_show_count: the caseload has them in EET at 31 October, elsewhere or unlisted.
-- column early_leaver_count: Starters with a leaver row by 31 October; null where no list has arrived.
-- column in_march_count: Starters without a leaver row whom the caseload has there at 31 March; null until that month is delivered.
-- column left_by_march_count: Starters with a leaver row by 31 March; null until that month is delivered.
-- column unconfirmed_in_march_count: Starters of whom neither is known: no proof, not a drop-out; null until that month is delivered.
-- column listed_neet_count: Conflict: starters not left by 31 October whom the caseload has as NEET then.
-- column listed_not_known_count: Conflict: starters not left by 31 October whom the caseload does not know then.
-- column caseload_not_listed_count: Conflict: people whom the caseload has at the provider at 31 October and its list does not name.
-- column place_count: People with a place in higher education for this autumn.
-- column is_list_arrived: A starters list of the year has arrived from the provider.
-- column missing_reason: not_collected where starters are null because no list has arrived; not_applicable for higher education, which sends none; else null.
-- column as_at: Knowledge date of the build.
-- not_null: is_list_arrived
-- export: internal
with

rows_of_facts as (

    select academic_year, provider, route, fact, person_id
    from intermediate.int_destination_facts

    union all

    select academic_year, 'all' as provider, route, fact, person_id
    from intermediate.int_destination_facts

    union all

    select academic_year, 'all' as provider, 'all' as route, fact, person_id
    from intermediate.int_destination_facts

),

counts as (

    select
        academic_year,
        provider,
        route,
        fact,
        count(distinct person_id) as people_count

    from rows_of_facts
    group by academic_year, provider, route, fact

),

wide as (

    select
        academic_year,
        provider,
        route,
        coalesce(max(case when fact = 'offer' then people_count end), 0) as offer_count,
        coalesce(max(case when fact = 'starter' then people_count end), 0) as starter_count,
        coalesce(max(case when fact = 'no_show' then people_count end), 0) as no_show_count,
        coalesce(max(case when fact = 'no_show_in_learning' then people_count end), 0)
            as no_show_in_learning_count,
        coalesce(max(case when fact = 'early_leaver' then people_count end), 0)
            as early_leaver_count,
        coalesce(max(case when fact = 'in_march' then people_count end), 0) as in_march_count,
        coalesce(max(case when fact = 'left_by_march' then people_count end), 0)
            as left_by_march_count,
        coalesce(max(case when fact = 'listed_neet' then people_count end), 0)
            as listed_neet_count,
        coalesce(max(case when fact = 'listed_not_known' then people_count end), 0)
            as listed_not_known_count,
        coalesce(max(case when fact = 'caseload_not_listed' then people_count end), 0)
            as caseload_not_listed_count,
        coalesce(max(case when fact = 'place' then people_count end), 0) as place_count

    from counts
    group by academic_year, provider, route

),

list_arrivals as (

    select distinct
        aims.list_year as academic_year,
        coalesce(keys.provider_id, aims.provider) as provider

    from staging.stg_college_starters__aims as aims
    left join intermediate.int_provider_keys as keys
        on keys.key_kind = 'folder'
        and aims.provider = keys.key_value

),

arrived as (

    select academic_year, provider
    from list_arrivals

    union

    select academic_year, 'all' as provider
    from list_arrivals

),

marches as (

    select months.academic_year
    from marts.neet_rates as rates
    inner join ref.months as months
        on rates.month_end = months.month_end
    where months.month_of_year = 3
    group by months.academic_year

),

judged as (

    select
        wide.*,
        arrived.provider is not null and wide.route <> 'higher_education' as is_list_arrived,
        marches.academic_year is not null as is_march_delivered

    from wide
    left join arrived
        on wide.academic_year = arrived.academic_year
        and wide.provider = arrived.provider
    left join marches on wide.academic_year = marches.academic_year

)

select
    judged.academic_year,
    judged.provider,
    judged.route,
    case judged.route when 'higher_education' then judged.place_count else judged.offer_count end
        as offer_count,
    case when judged.is_list_arrived then judged.starter_count end as starter_count,
    case when judged.is_list_arrived then judged.no_show_count end as no_show_count,
    case when judged.is_list_arrived then judged.no_show_in_learning_count end
        as no_show_in_learning_count,
    case when judged.is_list_arrived then judged.early_leaver_count end as early_leaver_count,
    case when judged.is_list_arrived and judged.is_march_delivered then judged.in_march_count end
        as in_march_count,
    case when judged.is_list_arrived and judged.is_march_delivered then judged.left_by_march_count end
        as left_by_march_count,
    case
        when judged.is_list_arrived and judged.is_march_delivered
            then judged.starter_count - judged.in_march_count - judged.left_by_march_count
    end as unconfirmed_in_march_count,
    case when judged.is_list_arrived then judged.listed_neet_count end as listed_neet_count,
    case when judged.is_list_arrived then judged.listed_not_known_count end
        as listed_not_known_count,
    case when judged.is_list_arrived then judged.caseload_not_listed_count end
        as caseload_not_listed_count,
    judged.place_count,
    judged.is_list_arrived,
    case
        when judged.route = 'higher_education' then 'not_applicable'
        when not judged.is_list_arrived then 'not_collected'
    end as missing_reason,
    build.as_at

from judged
cross join ref.build as build
