-- What goes back to each school and college: its own roll, offers, leavers and
-- starters in one row a year, aggregates only. Education-based: who is on the
-- institution's roll or starters list, wherever they live. Parts: the roll and the
-- guarantee of the year, the Activity Survey of its Year 11 leavers on the 1
-- November after, and its starters of the autumn the year begins with.
-- grain: institution, academic_year
-- column institution: School or college (ref.providers), or the inbox folder where no table knows it.
-- column academic_year: Academic year of the roll.
-- column roll_count: People on the roll in the last return; null without a return.
-- column year_9_count: Of these, Year 9.
-- column year_10_count: Year 10.
-- column year_11_count: Year 11.
-- column year_12_count: Year 12.
-- column year_13_count: Years 13 and 14.
-- column roll_leaver_count: Rows that say somebody left.
-- column flagged_at_risk_count: People of Years 9 to 11 whom the institution names at risk of NEET.
-- column roll_matched_count: Rows of the roll linked to one person of the caseload.
-- column y11_cohort_count: Guarantee cohort of Year 11.
-- column y11_offer_made_count: Offers of Year 11, later joiners included.
-- column y12_cohort_count: Guarantee cohort of Year 12.
-- column y12_offer_made_count: Offers of Year 12, later joiners included.
-- column offer_made_percent: Offers ÷ cohort of both years, per cent.
-- column survey_known_count: Year 11 leavers whose activity on 1 November is known.
-- column survey_meeting_count: Of these, meeting the participation duty.
-- column survey_working_towards_count: Working towards it.
-- column survey_temporary_break_count: On a temporary break.
-- column survey_not_meeting_count: Not meeting it.
-- column survey_not_known_count: Year 11 leavers not known.
-- column survey_meeting_percent: Meeting ÷ known, per cent.
-- column starter_count: People of the caseload on its starters list of the year.
-- column early_leaver_count: Of these, with a leaver row by 31 October.
-- column listed_neet_count: Starters whom the caseload has as NEET at 31 October.
-- column caseload_not_listed_count: People whom the caseload has here at 31 October and the list does not name.
-- column missing_reason: not_collected where the institution sent no roll for the year; else null.
-- column as_at: Knowledge date of the build.
-- export: internal
with

folders as (

    select key_value as folder, provider_id
    from intermediate.int_provider_keys
    where key_kind = 'folder'

),

rolls as (

    select
        coalesce(folders.provider_id, pupils.provider) as institution,
        pupils.list_year as academic_year,
        count(*) filter (where pupils.is_on_roll) as roll_count,
        count(*) filter (where pupils.is_on_roll and pupils.year_group = 9) as year_9_count,
        count(*) filter (where pupils.is_on_roll and pupils.year_group = 10) as year_10_count,
        count(*) filter (where pupils.is_on_roll and pupils.year_group = 11) as year_11_count,
        count(*) filter (where pupils.is_on_roll and pupils.year_group = 12) as year_12_count,
        count(*) filter (where pupils.is_on_roll and pupils.year_group >= 13) as year_13_count,
        count(*) filter (where not pupils.is_on_roll) as roll_leaver_count,
        count(*) filter (
            where pupils.is_on_roll and pupils.is_at_risk and pupils.year_group <= 11
        ) as flagged_at_risk_count,
        count(*) filter (where pupils.is_on_roll and links.person_id is not null)
            as roll_matched_count

    from staging.stg_cohort_checks__pupils as pupils
    inner join intermediate.int_people_linked as links
        on links.dataset = 'cohort_checks'
        and pupils.provider = links.provider
        and pupils.file_hash = links.file_hash
        and pupils.sheet = links.sheet
        and pupils.line = links.line
    left join folders on pupils.provider = folders.folder
    where pupils.is_current
    group by coalesce(folders.provider_id, pupils.provider), pupils.list_year

),

guarantees as (

    select
        years.academic_year,
        guarantee.institution,
        max(case when guarantee.year_group = 'Y11' then guarantee.cohort_count end)
            as y11_cohort_count,
        max(case when guarantee.year_group = 'Y11' then guarantee.offer_made_count end)
            as y11_offer_made_count,
        max(case when guarantee.year_group = 'Y12' then guarantee.cohort_count end)
            as y12_cohort_count,
        max(case when guarantee.year_group = 'Y12' then guarantee.offer_made_count end)
            as y12_offer_made_count,
        max(case when guarantee.year_group = 'Y11-12' then guarantee.offer_made_percent end)
            as offer_made_percent

    from marts.september_guarantee as guarantee
    inner join ref.months as years
        on guarantee.guarantee_year * 12 + 5 = years.month_no
    where guarantee.institution <> 'all'
    group by years.academic_year, guarantee.institution

),

surveys as (

    select
        years.academic_year,
        survey.institution,
        survey.known_count,
        survey.meeting_count,
        survey.working_towards_count,
        survey.temporary_break_count,
        survey.not_meeting_count,
        survey.not_known_count,
        survey.meeting_percent

    from marts.activity_survey as survey
    inner join ref.months as years
        on survey.leaving_year * 12 + 5 = years.month_no
    where survey.institution <> 'all'

),

starts as (

    select
        provider as institution,
        academic_year,
        cast(sum(starter_count) as bigint) as starter_count,
        cast(sum(early_leaver_count) as bigint) as early_leaver_count,
        cast(sum(listed_neet_count) as bigint) as listed_neet_count,
        cast(sum(caseload_not_listed_count) as bigint) as caseload_not_listed_count

    from marts.destinations
    where is_list_arrived and provider <> 'all'
    group by provider, academic_year

),

spine as (

    select institution, academic_year from rolls
    union
    select institution, academic_year from starts
    union
    select institution, academic_year from guarantees

)

select
    spine.institution,
    spine.academic_year,
    rolls.roll_count,
    rolls.year_9_count,
    rolls.year_10_count,
    rolls.year_11_count,
    rolls.year_12_count,
    rolls.year_13_count,
    rolls.roll_leaver_count,
    rolls.flagged_at_risk_count,
    rolls.roll_matched_count,
    guarantees.y11_cohort_count,
    guarantees.y11_offer_made_count,
    guarantees.y12_cohort_count,
    guarantees.y12_offer_made_count,
    guarantees.offer_made_percent,
    surveys.known_count as survey_known_count,
    surveys.meeting_count as survey_meeting_count,
    surveys.working_towards_count as survey_working_towards_count,
    surveys.temporary_break_count as survey_temporary_break_count,
    surveys.not_meeting_count as survey_not_meeting_count,
    surveys.not_known_count as survey_not_known_count,
    surveys.meeting_percent as survey_meeting_percent,
    starts.starter_count,
    starts.early_leaver_count,
    starts.listed_neet_count,
    starts.caseload_not_listed_count,
    case when rolls.institution is null then 'not_collected' end as missing_reason,
    build.as_at

from spine
left join rolls
    on spine.institution = rolls.institution
    and spine.academic_year = rolls.academic_year
left join guarantees
    on spine.institution = guarantees.institution
    and spine.academic_year = guarantees.academic_year
left join surveys
    on spine.institution = surveys.institution
    and spine.academic_year = surveys.academic_year
left join starts
    on spine.institution = starts.institution
    and spine.academic_year = starts.academic_year
cross join ref.build as build
