-- Who belongs to each group that our authority is compared with, on each day
-- that some figure describes: the city region, the statistical neighbours, our
-- region and England, with the published totals of city region, region and
-- England as rows that take no part in ranks or averages.
-- grain: measured_on, comparison_group, list_vintage, area_code
-- column measured_on: Last day of a period for which there are figures.
-- column comparison_group: lcr, statistical_neighbours, region or england; other groups of ref.area_groups by their name.
-- column list_vintage: Month of the neighbour list; none for groups without a list.
-- column list_basis: in_force, nearest_later, newest (LAIT's way, only where it is another list), or none.
-- column area_code: DfE three-digit code of an authority, GSS code of a city region, region or England.
-- column gss_code: GSS code in force on that day, or the last one before.
-- column area_name: Name of the area.
-- column area_kind: authority, city_region, region or country.
-- column area_existed: Whether the area existed on that day.
-- column is_member: Whether it is one of the group's authorities rather than a published total.
-- column is_own: Whether it is our authority.
-- column is_tiny: Whether it is City of London or Isles of Scilly.
-- accepted list_basis: in_force, nearest_later, newest, none
-- not_null: area_name, area_existed, is_member, is_own, is_tiny
with

days as (

    select distinct
        vals.measured_on,
        months.period as month
    from intermediate.int_comparator_values as vals
    inner join ref.months as months
        on vals.measured_on = months.month_end

),

own_code as (

    select
        max(case when name = 'la_code' then value end) as la_code
    from ref.settings

),

-- The version of each area in force on the day, else the last one before it,
-- else the first one after: an abolished neighbour keeps its name.
versions as (

    select
        days.measured_on,
        days.month,
        areas.area_code,
        areas.gss_code,
        areas.name as area_name,
        areas.kind as area_kind,
        areas.region_code,
        areas.is_tiny,
        (areas.valid_from is null or areas.valid_from <= days.measured_on)
        and (areas.valid_to is null or areas.valid_to >= days.measured_on)
            as area_existed,
        row_number() over (
            partition by days.measured_on, areas.area_code
            order by
                case
                    when areas.valid_from > days.measured_on then 3
                    when areas.valid_to < days.measured_on then 2
                    else 1
                end nulls last,
                areas.valid_from desc nulls last,
                areas.gss_code nulls last
        ) as nearest_first

    from days
    cross join ref.areas as areas
    where areas.gss_code is not null

),

areas_of_day as (

    select
        versions.measured_on,
        versions.month,
        versions.area_code,
        versions.gss_code,
        versions.area_name,
        versions.area_kind,
        versions.region_code,
        versions.area_existed,
        coalesce(versions.is_tiny, false) as is_tiny,
        own_code.la_code is not null
        and versions.area_code = own_code.la_code as is_own

    from versions
    cross join own_code
    where versions.nearest_first = 1

),

own_area as (

    select
        measured_on,
        month,
        area_code,
        region_code
    from areas_of_day
    where is_own

),

groups_of_day as (

    select distinct
        areas_of_day.measured_on,
        groups.area_group,
        groups.gss_code as group_area_code,
        groups.dfe_code as area_code
    from areas_of_day
    inner join ref.area_groups as groups
        on areas_of_day.area_code = groups.dfe_code
            and (
                groups.valid_from is null
                or groups.valid_from <= areas_of_day.measured_on
            )
            and (
                groups.valid_to is null
                or groups.valid_to >= areas_of_day.measured_on
            )

),

named_group_members as (

    select
        members.measured_on,
        members.area_group as comparison_group,
        'none' as list_vintage,
        'none' as list_basis,
        members.area_code,
        true as is_member

    from groups_of_day as members
    inner join groups_of_day as ours
        on members.measured_on = ours.measured_on
            and members.area_group = ours.area_group
    inner join own_area
        on ours.measured_on = own_area.measured_on
            and ours.area_code = own_area.area_code

),

named_group_totals as (

    select distinct
        ours.measured_on,
        ours.area_group as comparison_group,
        'none' as list_vintage,
        'none' as list_basis,
        ours.group_area_code as area_code,
        false as is_member

    from groups_of_day as ours
    inner join own_area
        on ours.measured_on = own_area.measured_on
            and ours.area_code = own_area.area_code
    where ours.group_area_code is not null

),

own_lists as (

    select
        neighbours.list_vintage,
        neighbours.neighbour_code
    from staging.stg_statistical_neighbours as neighbours
    inner join own_code
        on neighbours.la_code = own_code.la_code

),

list_choices as (

    select
        own_area.measured_on,
        own_area.area_code as own_area_code,
        max(
            case
                when own_lists.list_vintage <= own_area.month
                    then own_lists.list_vintage
            end
        ) as vintage_in_force,
        min(own_lists.list_vintage) as earliest_vintage,
        max(own_lists.list_vintage) as newest_vintage
    from own_area
    cross join own_lists
    group by own_area.measured_on, own_area.area_code

),

lists_used as (

    select
        measured_on,
        own_area_code,
        coalesce(vintage_in_force, earliest_vintage) as list_vintage,
        case
            when vintage_in_force is not null then 'in_force'
            else 'nearest_later'
        end as list_basis
    from list_choices

    union all

    select
        measured_on,
        own_area_code,
        newest_vintage as list_vintage,
        'newest' as list_basis
    from list_choices
    where newest_vintage <> coalesce(vintage_in_force, earliest_vintage)

),

neighbour_members as (

    select
        lists_used.measured_on,
        'statistical_neighbours' as comparison_group,
        lists_used.list_vintage,
        lists_used.list_basis,
        own_lists.neighbour_code as area_code,
        true as is_member
    from lists_used
    inner join own_lists
        on lists_used.list_vintage = own_lists.list_vintage
    where own_lists.neighbour_code <> lists_used.own_area_code

    union all

    select
        measured_on,
        'statistical_neighbours' as comparison_group,
        list_vintage,
        list_basis,
        own_area_code as area_code,
        true as is_member
    from lists_used

),

region_members as (

    select
        own_area.measured_on,
        'region' as comparison_group,
        'none' as list_vintage,
        'none' as list_basis,
        areas_of_day.area_code,
        areas_of_day.area_kind = 'authority' as is_member

    from own_area
    inner join areas_of_day
        on own_area.measured_on = areas_of_day.measured_on
            and own_area.region_code = areas_of_day.region_code
    where areas_of_day.area_kind in ('authority', 'region')
        and areas_of_day.area_existed

),

england_members as (

    select
        areas_of_day.measured_on,
        'england' as comparison_group,
        'none' as list_vintage,
        'none' as list_basis,
        areas_of_day.area_code,
        areas_of_day.area_kind = 'authority' as is_member
    from areas_of_day
    where areas_of_day.area_kind in ('authority', 'region', 'country')
        and areas_of_day.area_existed

),

members as (

    select * from named_group_members
    union all
    select * from named_group_totals
    union all
    select * from neighbour_members
    union all
    select * from region_members
    union all
    select * from england_members

)

select
    members.measured_on,
    members.comparison_group,
    members.list_vintage,
    members.list_basis,
    members.area_code,
    areas_of_day.gss_code,
    areas_of_day.area_name,
    areas_of_day.area_kind,
    areas_of_day.area_existed,
    members.is_member,
    areas_of_day.is_own,
    areas_of_day.is_tiny

from members
inner join areas_of_day
    on members.measured_on = areas_of_day.measured_on
        and members.area_code = areas_of_day.area_code
