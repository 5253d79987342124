-- Whom to call next and why: one row per person and reason, most urgent first by
-- priority (ref.follow_up_priority; a reason taken out there is not listed).
-- Residence-based, people of the last month end delivered; only no_offer is
-- education-based: pupils of our schools and colleges.
-- early_leaver: a leaver row in this academic year and nothing later that says
-- learning or work. no_show: an offer of a provider whose list has arrived, on
-- nobody's list, and not in EET by any evidence. caseload_not_listed comes from 31
-- October of this year. Absence from a list is never called a drop-out: it raises
-- a call. A lapse on 31 August is the autumn campaign and is not lapsing_soon.
-- grain: person_key, reason
-- column person_key: Person of the caseload, else UPN, else name and birth date of a pupil.
-- column person_id: Person of the caseload; null for a pupil who is not in it.
-- column family_name: Family name as last recorded.
-- column given_name: First name as last recorded.
-- column birth_date: Date of birth.
-- column year_group: National curriculum year, 12 at academic age 16.
-- column postcode: Home postcode in the caseload.
-- column reason: Why to call (ref.follow_up_priority).
-- column reason_name: The same in words.
-- column since_on: Since when it is so.
-- column evidence: What says so.
-- column last_contact_on: Last day an adviser was in touch; null when never.
-- column priority: 1 is the most urgent.
-- column next_step: What to do.
-- column as_at: Knowledge date of the build.
-- not_null: reason, priority, next_step, evidence
with

today as (

    select
        build.as_at,
        months.academic_year,
        months.academic_year_start,
        next_months.month_end as next_month_end

    from ref.build as build
    inner join ref.months as months
        on months.month_start <= build.as_at
        and months.month_end >= build.as_at
    inner join ref.months as next_months
        on months.month_no + 1 = next_months.month_no

),

latest as (

    select * from intermediate.int_latest_records

),

recorded as (

    select
        latest.*,
        case
            when recorded_group = 'NEET' and resolved_group not in ('NEET', 'NOT_KNOWN')
                then 'list_against_caseload'
            when recorded_group = 'NEET' and is_vulnerable then 'neet_vulnerable'
            when recorded_group = 'NEET' then 'neet'
            when recorded_group = 'NOT_KNOWN' and resolved_group <> 'NOT_KNOWN'
                then 'confirm_list_status'
            when recorded_group = 'NOT_KNOWN' and is_lapsed then 'lapsed'
            when recorded_group = 'NOT_KNOWN' then 'not_known'
        end as reason

    from latest

),

by_record as (

    select
        person_id,
        reason,
        case reason
            when 'lapsed' then lapses_on
            when 'not_known' then started_on
            when 'neet' then neet_since
            when 'neet_vulnerable' then neet_since
            else resolved_on
        end as since_on,
        case
            when reason in ('list_against_caseload', 'confirm_list_status')
                then 'list of ' || coalesce(resolved_provider, 'unknown') || ' ('
                    || coalesce(resolved_kind, '-') || '), caseload of '
                    || cast(month_end as varchar(10)) || ' has activity ' || activity_code
            else 'caseload of ' || cast(month_end as varchar(10)) || ', activity ' || activity_code
        end as evidence

    from recorded
    where reason is not null

),

by_start as (

    select
        latest.person_id,
        'start_date_passed' as reason,
        latest.review_on as since_on,
        'caseload of ' || cast(latest.month_end as varchar(10)) || ', activity '
            || latest.activity_code || ' to be reviewed' as evidence

    from latest
    inner join today on latest.review_on < today.as_at
    where latest.activity_code in ('615', '616')

),

by_lapse as (

    select
        latest.person_id,
        'lapsing_soon' as reason,
        latest.lapses_on as since_on,
        'caseload of ' || cast(latest.month_end as varchar(10)) || ', activity '
            || latest.activity_code || ' lapses on ' || cast(latest.lapses_on as varchar(10))
            as evidence

    from latest
    inner join today
        on latest.lapses_on >= latest.month_end
        and latest.lapses_on < today.next_month_end
    where not latest.is_lapsed
        and latest.recorded_group in ('EET', 'OTHER')
        and not (
            extract(month from latest.lapses_on) = 8 and extract(day from latest.lapses_on) = 31
        )

),

by_leaver as (

    select
        latest.person_id,
        'early_leaver' as reason,
        max(leavers.left_on) as since_on,
        'leaver row of ' || min(leavers.provider_id) as evidence

    from latest
    cross join today
    inner join intermediate.int_leavers as leavers
        on latest.person_id = leavers.person_id
        and leavers.left_on >= today.academic_year_start
        and leavers.left_on <= today.as_at
    where not (
            latest.recorded_group in ('EET', 'OTHER') and latest.recorded_on > leavers.left_on
        )
        and not (
            latest.resolved_group in ('EET', 'OTHER') and latest.resolved_on > leavers.left_on
        )
    group by latest.person_id

),

by_list as (

    select
        latest.person_id,
        case facts.fact when 'no_show' then 'no_show' else 'caseload_not_on_list' end as reason,
        min(facts.happened_on) as since_on,
        case facts.fact
            when 'no_show' then 'offer of ' || min(facts.provider) || ', its list has arrived'
            else 'caseload has ' || min(facts.provider) || ', its list does not'
        end as evidence

    from latest
    cross join today
    inner join intermediate.int_destination_facts as facts
        on latest.person_id = facts.person_id
        and today.academic_year = facts.academic_year
    where facts.fact = 'no_show' and latest.resolved_group not in ('EET', 'OTHER')
        or facts.fact = 'caseload_not_listed' and latest.recorded_group = 'EET'
    group by latest.person_id, facts.fact

),

by_offer as (

    select
        pupils.pupil_key,
        pupils.person_id,
        'no_offer' as reason,
        months.month_end as since_on,
        'Year ' || cast(min(pupils.year_group) as varchar(2)) || ' roll of '
            || min(pupils.institution) || ', ' || replace(min(pupils.offer_category), '_', ' ')
            as evidence,
        min(pupils.year_group) as year_group,
        min(people.family_name) as family_name,
        min(people.given_name) as given_name,
        min(people.birth_date) as birth_date

    from intermediate.int_guarantee_pupils as pupils
    inner join ref.months as months
        on pupils.guarantee_year * 12 + 5 = months.month_no
    inner join ref.months as last_days
        on months.month_no + 5 = last_days.month_no
    cross join today
    inner join intermediate.int_list_people as people
        on people.dataset = 'cohort_checks'
        and pupils.provider = people.provider
        and pupils.file_hash = people.file_hash
        and pupils.sheet = people.sheet
        and pupils.line = people.line
    where pupils.is_in_cohort
        and pupils.offer_category in ('no_offer', 'not_recorded')
        and extract(year from today.as_at) = pupils.guarantee_year
        and today.as_at <= last_days.month_end
    group by pupils.pupil_key, pupils.person_id, months.month_end

),

of_residents as (

    select * from by_record
    union all
    select * from by_start
    union all
    select * from by_lapse
    union all
    select * from by_leaver
    union all
    select * from by_list

),

followed as (

    select
        of_residents.person_id as person_key,
        of_residents.person_id,
        people.family_name,
        people.given_name,
        people.birth_date,
        latest.academic_age - 4 as year_group,
        latest.postcode,
        of_residents.reason,
        of_residents.since_on,
        of_residents.evidence,
        latest.last_contact_on

    from of_residents
    inner join latest on of_residents.person_id = latest.person_id
    inner join intermediate.int_people as people
        on of_residents.person_id = people.person_id

    union all

    select
        coalesce(by_offer.person_id, by_offer.pupil_key) as person_key,
        by_offer.person_id,
        by_offer.family_name,
        by_offer.given_name,
        by_offer.birth_date,
        by_offer.year_group,
        latest.postcode,
        by_offer.reason,
        by_offer.since_on,
        by_offer.evidence,
        latest.last_contact_on

    from by_offer
    left join latest on by_offer.person_id = latest.person_id

)

select
    followed.person_key,
    followed.person_id,
    followed.family_name,
    followed.given_name,
    followed.birth_date,
    cast(followed.year_group as bigint) as year_group,
    followed.postcode,
    followed.reason,
    priorities.name as reason_name,
    followed.since_on,
    followed.evidence,
    followed.last_contact_on,
    priorities.priority,
    priorities.next_step,
    today.as_at

from followed
inner join ref.follow_up_priority as priorities
    on followed.reason = priorities.reason
cross join today
