-- Whom the September Guarantee is about, and what they were offered. The
-- cohort is who stood on the roll of Year 11 or 12 in the latest cohort check of
-- each school or college delivered by 31 May; a return that comes later never
-- changes it. Replacement is therefore resolved here, among the deliveries up
-- to that day. The offer is the last offer status delivered by 30 September, by
-- whichever institution; where there is none, the caseload's status between the
-- month ends of April and September. Who joins a roll after 31 May and has an
-- offer counts in offers only. Education-based: wherever the pupil lives.
-- One person is known across returns by the caseload link, else by UPN, else by
-- name and date of birth.
-- grain: guarantee_year, institution, year_group, pupil_key
-- column guarantee_year: Calendar year of the September.
-- column list_year: Academic year of the roll.
-- column institution: School or college (ref.providers), or the inbox folder where no table knows it.
-- column year_group: 11 or 12.
-- column pupil_key: Person of the caseload, else UPN, else name and birth date.
-- column person_id: Person of the caseload; null when not linked.
-- column is_in_cohort: On the roll on 31 May; false for a later joiner with an offer.
-- column offer_category: offer_made, not_appropriate, no_offer or not_recorded.
-- column offer_basis: list, caseload, or none where nobody said anything.
-- column offer_provider: Who made the offer, as the list has it.
-- column provider: Inbox folder of the return that holds the pupil.
-- column file_hash: That return.
-- column sheet: Worksheet of it.
-- column line: Line in it.
-- accepted offer_category: offer_made, not_appropriate, no_offer, not_recorded
-- accepted offer_basis: list, caseload, none
-- not_null: is_in_cohort, offer_category, list_year
with

returns as (

    select
        provider,
        list_year,
        list_year_end,
        file_hash,
        max(delivered_at) as delivered_at,
        max(delivered_on) as delivered_on

    from staging.stg_cohort_checks__pupils
    group by provider, list_year, list_year_end, file_hash

),

dated_returns as (

    select
        returns.provider,
        returns.list_year,
        returns.file_hash,
        returns.delivered_at,
        returns.delivered_on,
        cutoffs.calendar_year as guarantee_year,
        cutoffs.month_end as frozen_on,
        septembers.month_end as offers_until,
        cast(extract(year from returns.delivered_on) as bigint)
            + case when extract(month from returns.delivered_on) >= 10 then 1 else 0 end
            as offer_year,
        row_number() over (
            partition by
                returns.provider,
                returns.list_year,
                case when returns.delivered_on <= cutoffs.month_end then 1 else 0 end
            order by returns.delivered_at desc nulls last, returns.file_hash desc nulls last
        ) as return_rank

    from returns
    inner join ref.months as cutoffs
        on returns.list_year = cutoffs.academic_year
        and cutoffs.month_of_year = 5
    inner join ref.months as septembers
        on cutoffs.month_no + 4 = septembers.month_no

),

pupils as (

    select
        dated_returns.guarantee_year,
        dated_returns.frozen_on,
        dated_returns.offers_until,
        dated_returns.return_rank,
        dated_returns.delivered_at,
        dated_returns.delivered_on,
        dated_returns.offer_year,
        pupils.list_year,
        pupils.provider,
        pupils.file_hash,
        pupils.sheet,
        pupils.line,
        pupils.year_group,
        pupils.is_on_roll,
        pupils.offer_status,
        pupils.offer_provider,
        links.person_id,
        coalesce(keys.provider_id, pupils.provider) as institution,
        coalesce(
            'person ' || links.person_id,
            'upn ' || pupils.upn,
            'name ' || upper(trim(pupils.surname)) || '|' || upper(trim(pupils.forename))
                || '|' || cast(pupils.birth_date as varchar(10))
        ) as pupil_key

    from staging.stg_cohort_checks__pupils as pupils
    inner join dated_returns
        on pupils.provider = dated_returns.provider
        and pupils.list_year = dated_returns.list_year
        and pupils.file_hash = dated_returns.file_hash
    inner join intermediate.int_people_linked as links
        on links.dataset = 'cohort_checks'
        and pupils.provider = links.provider
        and pupils.file_hash = links.file_hash
        and pupils.sheet = links.sheet
        and pupils.line = links.line
    left join intermediate.int_provider_keys as keys
        on keys.key_kind = 'folder'
        and pupils.provider = keys.key_value
    where pupils.year_group in (11, 12) or pupils.offer_status is not null

),

-- An answer of September may stand in a list of the new academic year; one of
-- the September before belongs to the guarantee of that year.
offers as (

    select
        pupils.offer_year as guarantee_year,
        pupils.pupil_key,
        pupils.offer_status,
        pupils.offer_provider,
        row_number() over (
            partition by pupils.offer_year, pupils.pupil_key
            order by
                pupils.delivered_at desc nulls last,
                pupils.file_hash desc nulls last,
                pupils.sheet desc nulls last,
                pupils.line desc nulls last
        ) as newest_rank

    from pupils
    where pupils.offer_status is not null
        and pupils.offer_year in (pupils.guarantee_year, pupils.guarantee_year - 1)

),

cohort as (

    select
        *,
        true as is_in_cohort,
        row_number() over (
            partition by guarantee_year, institution, year_group, pupil_key
            order by provider nulls last, file_hash nulls last, sheet nulls last, line nulls last
        ) as row_rank

    from pupils
    where delivered_on <= frozen_on
        and return_rank = 1
        and is_on_roll
        and year_group in (11, 12)

),

later_joiners as (

    select
        *,
        false as is_in_cohort,
        row_number() over (
            partition by guarantee_year, pupil_key
            order by
                delivered_at desc nulls last,
                file_hash desc nulls last,
                sheet desc nulls last,
                line desc nulls last
        ) as row_rank

    from pupils
    where delivered_on > frozen_on
        and delivered_on <= offers_until
        and is_on_roll
        and year_group in (11, 12)
        and not exists (
            select 1
            from cohort
            where cohort.guarantee_year = pupils.guarantee_year
                and cohort.pupil_key = pupils.pupil_key
        )

),

members as (

    select * from cohort where row_rank = 1
    union all
    select * from later_joiners where row_rank = 1

),

with_list_offer as (

    select
        members.guarantee_year,
        members.list_year,
        members.institution,
        members.year_group,
        members.pupil_key,
        members.person_id,
        members.is_in_cohort,
        members.provider,
        members.file_hash,
        members.sheet,
        members.line,
        offers.offer_status as list_status,
        offers.offer_provider

    from members
    left join offers
        on members.guarantee_year = offers.guarantee_year
        and members.pupil_key = offers.pupil_key
        and offers.newest_rank = 1

),

without_list_offer as (

    select distinct guarantee_year, person_id
    from with_list_offer
    where list_status is null and person_id is not null

),

caseload_statuses as (

    select
        without_list_offer.guarantee_year,
        without_list_offer.person_id,
        statuses.category,
        row_number() over (
            partition by without_list_offer.guarantee_year, without_list_offer.person_id
            order by caseload.month_end desc nulls last
        ) as newest_rank

    from without_list_offer
    inner join staging.stg_caseload__people as caseload
        on without_list_offer.person_id = caseload.client_id
        and extract(year from caseload.month_end) = without_list_offer.guarantee_year
        and extract(month from caseload.month_end) between 4 and 9
    inner join ref.guarantee_statuses as statuses
        on caseload.guarantee_status = statuses.code

)

select
    pupils.guarantee_year,
    pupils.list_year,
    pupils.institution,
    pupils.year_group,
    pupils.pupil_key,
    pupils.person_id,
    pupils.is_in_cohort,
    coalesce(pupils.list_status, caseload_statuses.category, 'not_recorded') as offer_category,
    case
        when pupils.list_status is not null then 'list'
        when caseload_statuses.category is not null then 'caseload'
        else 'none'
    end as offer_basis,
    pupils.offer_provider,
    pupils.provider,
    pupils.file_hash,
    pupils.sheet,
    pupils.line

from with_list_offer as pupils
left join caseload_statuses
    on pupils.guarantee_year = caseload_statuses.guarantee_year
    and pupils.person_id = caseload_statuses.person_id
    and caseload_statuses.newest_rank = 1
where pupils.is_in_cohort
    or coalesce(pupils.list_status, caseload_statuses.category) = 'offer_made'
