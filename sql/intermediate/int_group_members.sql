-- Who belongs to which vulnerable group at a month end: one row per person,
-- month end and group, in the group's own age span. Residence-based: people of
-- the month's cohort. A characteristic or plan is the month's own record; a
-- register counts while it holds the person, or, where the group says ever, from
-- the first day on (home education ends with school, but the group is of those who
-- had it).
-- grain: person_id, month_end, group_name
-- column person_id: Id of the young person in the caseload system.
-- column month_end: Last day of the month.
-- column group_name: Group of ref.groups.
with

cohort as (

    select person_id, month_end, academic_age
    from intermediate.int_caseload_months
    where is_in_cohort and academic_age >= 16

),

marks as (

    select
        client_id as person_id,
        month_end,
        'characteristic' as criterion_kind,
        characteristic_code as code,
        coalesce(gender, '-') as gender
    from staging.stg_caseload__characteristics

    union all

    select
        client_id as person_id,
        month_end,
        'plan' as criterion_kind,
        '-' as code,
        '-' as gender
    from staging.stg_caseload__people
    where has_plan

),

marked as (

    select
        marks.person_id,
        marks.month_end,
        cohort.academic_age,
        marks.criterion_kind,
        marks.code,
        marks.gender

    from marks
    inner join cohort
        on marks.person_id = cohort.person_id
        and marks.month_end = cohort.month_end

),

registered as (

    select distinct
        links.person_id,
        entries.register_code,
        entries.registered_from,
        entries.registered_to

    from staging.stg_registers__entries as entries
    inner join intermediate.int_people_linked as links
        on links.dataset = 'registers'
        and entries.provider = links.provider
        and entries.file_hash = links.file_hash
        and entries.sheet = links.sheet
        and entries.line = links.line
    where entries.is_current and links.person_id is not null

),

by_mark as (

    select
        marked.person_id,
        marked.month_end,
        criteria.group_name

    from marked
    inner join ref.groups as criteria
        on marked.criterion_kind = criteria.criterion_kind
        and marked.code = coalesce(criteria.code, '-')
        and marked.gender = coalesce(criteria.gender, marked.gender)
        and marked.academic_age between criteria.min_age and criteria.max_age

),

by_register as (

    select
        cohort.person_id,
        cohort.month_end,
        criteria.group_name

    from registered
    inner join ref.groups as criteria
        on criteria.criterion_kind = 'register'
        and registered.register_code = criteria.code
    inner join cohort
        on registered.person_id = cohort.person_id
        and cohort.academic_age between criteria.min_age and criteria.max_age
        and registered.registered_from <= cohort.month_end
        and (
            criteria.membership = 'ever'
            or registered.registered_to is null
            or registered.registered_to >= cohort.month_end
        )

)

select person_id, month_end, group_name from by_mark
union
select person_id, month_end, group_name from by_register
