-- Each school's and college's own people, to be handed back to it and to nobody
-- else: the guarantee cohorts of Years 11 and 12 with offers, Year 11 leavers with
-- their activity on 1 November, and those on its own starters list. Who is named
-- comes from its own lists alone. What is said of an offer is the guarantee's: the
-- last answer of any institution about the pupil, so that file and figure agree.
-- grain: institution, academic_year, list_kind, pupil_key
-- column institution: School or college (ref.providers), or the inbox folder where no table knows it.
-- column academic_year: Academic year of the roll or starters list.
-- column list_kind: roll or starters.
-- column pupil_key: Person of the caseload, else UPN, else name and birth date.
-- column person_id: Person of the caseload; null when not linked.
-- column family_name: Family name.
-- column given_name: First name.
-- column birth_date: Date of birth.
-- column year_group: 11 or 12 on a roll; null on a starters list.
-- column is_in_cohort: On the roll on 31 May; null on a starters list.
-- column offer_category: offer_made, not_appropriate, no_offer or not_recorded, as the guarantee counts the pupil; null on a starters list.
-- column is_at_risk: Year 11 at risk of NEET; null otherwise.
-- column survey_duty: Participation by the activity on 1 November after Year 11: P, W, T, N, X; null when not known.
-- column left_on: Last day by the institution's own leaver row; null otherwise.
-- column as_at: Knowledge date of the build.
-- accepted list_kind: roll, starters
with

year_11_leavers as (

    select leaving_year, institution, pupil_key, is_at_risk, survey_duty, 11 as year_group
    from intermediate.int_school_leavers

),

rolls as (

    select
        pupils.institution,
        pupils.list_year as academic_year,
        'roll' as list_kind,
        pupils.pupil_key,
        pupils.person_id,
        people.family_name,
        people.given_name,
        people.birth_date,
        cast(pupils.year_group as bigint) as year_group,
        pupils.is_in_cohort,
        pupils.offer_category,
        leavers.is_at_risk,
        leavers.survey_duty,
        cast(null as date) as left_on,
        row_number() over (
            partition by pupils.institution, pupils.list_year, pupils.pupil_key
            order by pupils.year_group desc nulls last
        ) as year_rank

    from intermediate.int_guarantee_pupils as pupils
    inner join intermediate.int_list_people as people
        on people.dataset = 'cohort_checks'
        and pupils.provider = people.provider
        and pupils.file_hash = people.file_hash
        and pupils.sheet = people.sheet
        and pupils.line = people.line
    left join year_11_leavers as leavers
        on pupils.year_group = leavers.year_group
        and pupils.guarantee_year = leavers.leaving_year
        and pupils.institution = leavers.institution
        and pupils.pupil_key = leavers.pupil_key

),

starters as (

    select
        facts.provider as institution,
        facts.academic_year,
        'starters' as list_kind,
        'person ' || facts.person_id as pupil_key,
        facts.person_id,
        people.family_name,
        people.given_name,
        people.birth_date,
        cast(null as bigint) as year_group,
        cast(null as boolean) as is_in_cohort,
        cast(null as varchar(100)) as offer_category,
        cast(null as boolean) as is_at_risk,
        cast(null as varchar(100)) as survey_duty,
        max(case when facts.fact = 'left_by_march' then facts.happened_on end) as left_on

    from intermediate.int_destination_facts as facts
    inner join intermediate.int_people as people
        on facts.person_id = people.person_id
    where facts.fact in ('starter', 'left_by_march')
    group by
        facts.provider,
        facts.academic_year,
        facts.person_id,
        people.family_name,
        people.given_name,
        people.birth_date

),

listed as (

    select
        institution, academic_year, list_kind, pupil_key, person_id, family_name, given_name,
        birth_date, year_group, is_in_cohort, offer_category, is_at_risk, survey_duty, left_on
    from rolls
    where year_rank = 1

    union all

    select
        institution, academic_year, list_kind, pupil_key, person_id, family_name, given_name,
        birth_date, year_group, is_in_cohort, offer_category, is_at_risk, survey_duty, left_on
    from starters

)

select
    listed.institution,
    listed.academic_year,
    listed.list_kind,
    listed.pupil_key,
    listed.person_id,
    listed.family_name,
    listed.given_name,
    listed.birth_date,
    listed.year_group,
    listed.is_in_cohort,
    listed.offer_category,
    listed.is_at_risk,
    listed.survey_duty,
    listed.left_on,
    build.as_at

from listed
cross join ref.build as build
