-- Who of Year 11 is at risk of NEET: what the school says in the roll that holds
-- the pupil, else what it last said in an earlier return of the year, else the
-- points of the risk scheme. One row per leaver of the frozen Year 11 cohort.
-- Education-based.
-- grain: leaving_year, institution, pupil_key
-- column leaving_year: Calendar year in which the pupil leaves Year 11.
-- column institution: School.
-- column pupil_key: Person of the caseload, else UPN, else name and birth date.
-- column person_id: Person of the caseload; null when not linked.
-- column is_at_risk: At risk of NEET.
-- column risk_basis: school_flag, scheme, or none where neither says that the pupil is at risk.
-- column scheme_points: Points of the risk scheme; null where the school has said yes or no.
-- accepted risk_basis: school_flag, scheme, none
-- not_null: is_at_risk
with

leavers as (

    select
        guarantee_year as leaving_year,
        list_year,
        institution,
        pupil_key,
        person_id,
        provider,
        file_hash,
        sheet,
        line

    from intermediate.int_guarantee_pupils
    where year_group = 11 and is_in_cohort

),

own_rows as (

    select
        leavers.*,
        pupils.is_at_risk as own_flag,
        pupils.upn,
        pupils.surname,
        pupils.forename,
        pupils.birth_date

    from leavers
    inner join staging.stg_cohort_checks__pupils as pupils
        on leavers.provider = pupils.provider
        and leavers.file_hash = pupils.file_hash
        and leavers.sheet = pupils.sheet
        and leavers.line = pupils.line

),

earlier_flags as (

    select
        own_rows.leaving_year,
        own_rows.institution,
        own_rows.pupil_key,
        pupils.is_at_risk,
        row_number() over (
            partition by own_rows.leaving_year, own_rows.institution, own_rows.pupil_key
            order by
                pupils.delivered_at desc nulls last,
                pupils.file_hash desc nulls last,
                pupils.sheet desc nulls last,
                pupils.line desc nulls last
        ) as newest_rank

    from own_rows
    inner join staging.stg_cohort_checks__pupils as pupils
        on own_rows.provider = pupils.provider
        and own_rows.list_year = pupils.list_year
        and own_rows.birth_date = pupils.birth_date
        and (
            own_rows.upn = pupils.upn
            or upper(trim(own_rows.surname)) = upper(trim(pupils.surname))
            and upper(trim(own_rows.forename)) = upper(trim(pupils.forename))
        )
    where own_rows.own_flag is null
        and pupils.is_at_risk is not null

),

unflagged as (

    select own_rows.leaving_year, own_rows.institution, own_rows.pupil_key, pupils.*
    from own_rows
    inner join staging.stg_cohort_checks__pupils as pupils
        on own_rows.provider = pupils.provider
        and own_rows.file_hash = pupils.file_hash
        and own_rows.sheet = pupils.sheet
        and own_rows.line = pupils.line
    where own_rows.own_flag is null

),

scheme_inputs (input) as (

    select distinct input from ref.roni_scheme

),

inputs as (

    select
        unflagged.leaving_year,
        unflagged.institution,
        unflagged.pupil_key,
        scheme_inputs.input,
        case scheme_inputs.input
            when 'attendance_percent' then unflagged.attendance_percent
            when 'exclusion_percent' then unflagged.exclusion_percent
            when 'eal' then case when unflagged.has_eal then 1 end
            when 'sen_plan' then case when unflagged.sen_provision = 'E' then 1 end
            when 'sen_support' then case when unflagged.sen_provision = 'K' then 1 end
            when 'ever_excluded' then case when unflagged.was_excluded then 1 end
            when 'alternative_provision'
                then case when unflagged.is_in_alternative_provision then 1 end
            when 'looked_after' then case when unflagged.is_looked_after then 1 end
            when 'pregnant_or_parent' then case when unflagged.is_pregnant_or_parent then 1 end
            when 'free_school_meals' then case when unflagged.has_fsm then 1 end
            when 'carer' then case when unflagged.is_carer then 1 end
            when 'youth_offending' then case when unflagged.is_with_yot then 1 end
            when 'custody' then case when unflagged.is_in_custody then 1 end
        end as value

    from unflagged
    cross join scheme_inputs

),

indicator_points as (

    select
        inputs.leaving_year,
        inputs.institution,
        inputs.pupil_key,
        scheme.indicator,
        max(scheme.points) as points

    from inputs
    inner join ref.roni_scheme as scheme
        on inputs.input = scheme.input
        and inputs.value >= scheme.value_from
        and (scheme.value_below is null or inputs.value < scheme.value_below)
    group by inputs.leaving_year, inputs.institution, inputs.pupil_key, scheme.indicator

),

total_points as (

    select
        leaving_year,
        institution,
        pupil_key,
        cast(sum(points) as bigint) as points

    from indicator_points
    group by leaving_year, institution, pupil_key

),

threshold as (

    select cast(value as bigint) as at_risk_points
    from ref.settings
    where name = 'roni_at_risk_points'

),

judged as (

    select
        own_rows.leaving_year,
        own_rows.institution,
        own_rows.pupil_key,
        own_rows.person_id,
        coalesce(own_rows.own_flag, earlier_flags.is_at_risk) as school_flag,
        coalesce(total_points.points, 0) as points,
        threshold.at_risk_points

    from own_rows
    cross join threshold
    left join earlier_flags
        on own_rows.leaving_year = earlier_flags.leaving_year
        and own_rows.institution = earlier_flags.institution
        and own_rows.pupil_key = earlier_flags.pupil_key
        and earlier_flags.newest_rank = 1
    left join total_points
        on own_rows.leaving_year = total_points.leaving_year
        and own_rows.institution = total_points.institution
        and own_rows.pupil_key = total_points.pupil_key

)

select
    leaving_year,
    institution,
    pupil_key,
    person_id,
    coalesce(school_flag, points >= at_risk_points) as is_at_risk,
    case
        when school_flag then 'school_flag'
        when school_flag is null and points >= at_risk_points then 'scheme'
        else 'none'
    end as risk_basis,
    case when school_flag is null then points end as scheme_points

from judged
