-- What offers, places and starters lists say of each person, held against each
-- other and against the caseload: one row per person, academic year, provider,
-- route and fact. People whom no list line is linked to the caseload for are not
-- here, because nobody could follow them from list to list.
-- offer: an offer of a place for the year (September Guarantee). starter: on the
-- provider's starters list. no_show: an offer of a provider whose list has
-- arrived, and the person on no starters list and no roll of Years 12 to 14 of the
-- year; never concluded where the provider's own list has not arrived.
-- early_leaver: a starter with a leaver row by 31 October. left_by_march: by 31
-- March. in_march: a starter without a leaver row whom the caseload has there at 31
-- March. listed_neet, listed_not_known: a starter not left by 31 October whom the
-- caseload has as NEET, or not known, then. caseload_not_listed: the caseload has
-- the person in learning there at 31 October, the provider's list has arrived and
-- does not name them. no_show_in_learning: a no-show whom the caseload has in EET at
-- 31 October. place: a UCAS place for the year, with the centre as provider.
-- grain: academic_year, provider, route, fact, person_id
-- column academic_year: Year of the start.
-- column provider: Provider (ref.providers), inbox folder where no table knows it; other for an offer by a name that no table knows.
-- column route: apprenticeship, school, sixth_form, fe, training, special, university, other or higher_education.
-- column fact: What is said.
-- column person_id: Person of the caseload.
-- column happened_on: Day of it: start, last day, delivery of the list, or month end of the caseload.
-- accepted fact: offer, starter, no_show, no_show_in_learning, early_leaver, left_by_march, in_march, listed_neet, listed_not_known, caseload_not_listed, place
with

folders as (

    select key_value as folder, provider_id, provider_kind
    from intermediate.int_provider_keys
    where key_kind = 'folder'

),

kinds as (

    select provider_id, min(provider_kind) as provider_kind
    from intermediate.int_provider_keys
    group by provider_id

),

years as (

    select
        academic_year,
        month_start as year_start,
        cast(month_start + interval '2' month - interval '1' day as date) as october_end,
        cast(month_start + interval '7' month - interval '1' day as date) as march_end

    from ref.months
    where month_of_year = 9

),

listed as (

    select
        aims.list_year as academic_year,
        coalesce(folders.provider_id, aims.provider) as provider,
        coalesce(folders.provider_id, 'folder:' || aims.provider) as leaver_key,
        case
            when aims.is_apprenticeship then 'apprenticeship'
            else coalesce(folders.provider_kind, 'other')
        end as route,
        links.person_id,
        aims.start_date,
        aims.delivered_on

    from staging.stg_college_starters__aims as aims
    inner join intermediate.int_people_linked as links
        on links.dataset = 'college_starters'
        and aims.provider = links.provider
        and aims.file_hash = links.file_hash
        and aims.sheet = links.sheet
        and aims.line = links.line
    left join folders on aims.provider = folders.folder
    where aims.is_current

),

arrived as (

    select academic_year, provider, min(delivered_on) as arrived_on
    from listed
    group by academic_year, provider

),

-- A learner with an apprenticeship and other aims takes the apprenticeship.
starters as (

    select
        academic_year,
        provider,
        min(leaver_key) as leaver_key,
        min(route) as route,
        person_id,
        min(start_date) as started_on

    from listed
    where person_id is not null
    group by academic_year, provider, person_id

),

on_a_list as (

    select academic_year, person_id from starters

    union

    select pupils.list_year as academic_year, links.person_id
    from staging.stg_cohort_checks__pupils as pupils
    inner join intermediate.int_people_linked as links
        on links.dataset = 'cohort_checks'
        and pupils.provider = links.provider
        and pupils.file_hash = links.file_hash
        and pupils.sheet = links.sheet
        and pupils.line = links.line
    where pupils.is_current
        and pupils.is_on_roll
        and pupils.year_group >= 12
        and links.person_id is not null

),

leaves as (

    select
        starters.academic_year,
        starters.provider,
        starters.person_id,
        min(leavers.left_on) as left_on

    from starters
    inner join years on starters.academic_year = years.academic_year
    inner join intermediate.int_leavers as leavers
        on starters.person_id = leavers.person_id
        and starters.leaver_key = leavers.provider_id
        and leavers.left_on >= years.year_start
        and leavers.left_on <= years.march_end
    group by starters.academic_year, starters.provider, starters.person_id

),

moments as (

    select
        academic_year,
        month_no,
        case month_of_year when 10 then 'october' else 'march' end as moment

    from ref.months
    where month_of_year in (3, 10)

),

place_providers as (

    select
        places.place_no,
        coalesce(by_ukprn.provider_id, by_number.provider_id, by_name.provider_id) as provider

    from intermediate.int_caseload_places as places
    left join intermediate.int_provider_keys as by_ukprn
        on by_ukprn.key_kind = 'ukprn'
        and places.ukprn = by_ukprn.key_value
    left join intermediate.int_provider_keys as by_number
        on by_number.key_kind = 'laestab'
        and places.establishment_number = by_number.key_value
    left join intermediate.int_provider_keys as by_name
        on by_name.key_kind = 'name'
        and upper(trim(places.establishment_name)) = by_name.key_value

),

caseload as (

    select
        moments.academic_year,
        moments.moment,
        months.person_id,
        months.month_end,
        months.headline_group,
        place_providers.provider

    from intermediate.int_caseload_months as months
    inner join moments
        on months.month_no = moments.month_no
    left join place_providers
        on months.place_no = place_providers.place_no
    where months.academic_age >= 16

),

started as (

    select
        starters.*,
        leaves.left_on,
        years.october_end,
        octobers.headline_group as october_group,
        octobers.month_end as october_seen_on,
        marches.month_end as march_seen_on,
        marches.headline_group = 'EET' and marches.provider = starters.provider as is_there_in_march

    from starters
    inner join years on starters.academic_year = years.academic_year
    left join leaves
        on starters.academic_year = leaves.academic_year
        and starters.provider = leaves.provider
        and starters.person_id = leaves.person_id
    left join caseload as octobers
        on starters.academic_year = octobers.academic_year
        and starters.person_id = octobers.person_id
        and octobers.moment = 'october'
    left join caseload as marches
        on starters.academic_year = marches.academic_year
        and starters.person_id = marches.person_id
        and marches.moment = 'march'

),

offers as (

    select
        septembers.academic_year,
        coalesce(names.provider_id, 'other') as provider,
        coalesce(kinds.provider_kind, 'other') as route,
        pupils.person_id,
        septembers.month_start as offered_for

    from intermediate.int_guarantee_pupils as pupils
    inner join ref.months as septembers
        on pupils.guarantee_year * 12 + 9 = septembers.month_no
    left join intermediate.int_provider_keys as names
        on names.key_kind = 'name'
        and upper(trim(pupils.offer_provider)) = names.key_value
    left join kinds on names.provider_id = kinds.provider_id
    where pupils.offer_category = 'offer_made'
        and pupils.person_id is not null

),

no_shows as (

    select
        offers.academic_year,
        offers.provider,
        offers.route,
        offers.person_id,
        arrived.arrived_on,
        coalesce(octobers.headline_group = 'EET', false) as is_in_learning

    from offers
    inner join arrived
        on offers.academic_year = arrived.academic_year
        and offers.provider = arrived.provider
    left join on_a_list
        on offers.academic_year = on_a_list.academic_year
        and offers.person_id = on_a_list.person_id
    left join caseload as octobers
        on offers.academic_year = octobers.academic_year
        and offers.person_id = octobers.person_id
        and octobers.moment = 'october'
    where on_a_list.person_id is null

),

unlisted as (

    select
        caseload.academic_year,
        caseload.provider,
        kinds.provider_kind as route,
        caseload.person_id,
        caseload.month_end

    from caseload
    inner join arrived
        on caseload.academic_year = arrived.academic_year
        and caseload.provider = arrived.provider
    inner join kinds on caseload.provider = kinds.provider_id
    left join starters
        on caseload.academic_year = starters.academic_year
        and caseload.provider = starters.provider
        and caseload.person_id = starters.person_id
    where caseload.moment = 'october'
        and caseload.headline_group = 'EET'
        and starters.person_id is null

),

places as (

    select
        entries.academic_year,
        coalesce(folders.provider_id, applications.provider) as provider,
        'higher_education' as route,
        links.person_id,
        min(coalesce(applications.status_date, applications.delivered_on)) as placed_on

    from staging.stg_ucas__applications as applications
    inner join intermediate.int_people_linked as links
        on links.dataset = 'ucas'
        and applications.provider = links.provider
        and applications.file_hash = links.file_hash
        and applications.sheet = links.sheet
        and applications.line = links.line
    inner join ref.months as entries
        on applications.entry_year * 12 + 9 = entries.month_no
    left join folders on applications.provider = folders.folder
    where applications.is_current
        and applications.is_place
        and not applications.is_deferred
        and links.person_id is not null
    group by
        entries.academic_year,
        coalesce(folders.provider_id, applications.provider),
        links.person_id

),

facts as (

    select academic_year, provider, route, 'offer' as fact, person_id, offered_for as happened_on
    from offers

    union all

    select academic_year, provider, route, 'starter' as fact, person_id, started_on as happened_on
    from started

    union all

    select academic_year, provider, route, 'no_show' as fact, person_id, arrived_on as happened_on
    from no_shows

    union all

    select
        academic_year, provider, route, 'no_show_in_learning' as fact, person_id,
        arrived_on as happened_on
    from no_shows
    where is_in_learning

    union all

    select academic_year, provider, route, 'early_leaver' as fact, person_id, left_on as happened_on
    from started
    where left_on <= october_end

    union all

    select academic_year, provider, route, 'left_by_march' as fact, person_id, left_on as happened_on
    from started
    where left_on is not null

    union all

    select
        academic_year, provider, route, 'in_march' as fact, person_id,
        march_seen_on as happened_on
    from started
    where left_on is null and is_there_in_march

    union all

    select
        academic_year, provider, route,
        case october_group when 'NEET' then 'listed_neet' else 'listed_not_known' end as fact,
        person_id, october_seen_on as happened_on
    from started
    where october_group in ('NEET', 'NOT_KNOWN')
        and (left_on is null or left_on > october_end)

    union all

    select
        academic_year, provider, route, 'caseload_not_listed' as fact, person_id,
        month_end as happened_on
    from unlisted

    union all

    select academic_year, provider, route, 'place' as fact, person_id, placed_on as happened_on
    from places

)

select
    academic_year,
    provider,
    route,
    fact,
    person_id,
    min(happened_on) as happened_on

from facts
group by academic_year, provider, route, fact, person_id
