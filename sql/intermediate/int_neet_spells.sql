-- Continuous spells of being NEET, by what the statutory return says: one row
-- per person and spell. A spell goes on across NEET codes, from month end to
-- month end; its first day is the record's NEETStartDate, else the start of the
-- activity; one after the record's own month end cannot be, and the month end
-- stands for it. A NEETStartDate after the month end before begins a new spell,
-- even though both month ends are NEET.
-- A spell ends, exclusively, on the first day of the next record that is not
-- NEET, not known included, but never before it began. It ends the day after
-- its last month end where the person leaves the cohort, where the next month
-- has no record, and where a new spell follows without one between. A spell of
-- the last month delivered is open. Spells of one person never overlap: one
-- whose NEETStartDate lies in an earlier spell begins when that one ended.
-- grain: person_id, spell_no
-- column person_id: Id of the young person in the caseload system.
-- column spell_no: Number of the spell, from 1 in order of time.
-- column first_month_end: First month end of the spell.
-- column last_month_end: Last month end of the spell.
-- column months_counted: Month ends at which the person was NEET.
-- column next_group: Headline group that followed: EET, OTHER, NOT_KNOWN, EXCLUDED or NEET for a new spell; null for an open spell and for who left the cohort.
-- column is_open: The last month delivered still has the person NEET.
-- column started_on: First day of the spell.
-- column ended_on: First day after the spell; null while it is open.
-- not_null: started_on, is_open
with

neet as (

    select
        person_id,
        month_no,
        month_end,
        case
            when coalesce(neet_start_date, start_date) > month_end
                then month_end
            else coalesce(neet_start_date, start_date)
        end as neet_since,
        lag(month_no) over (partition by person_id order by month_no nulls last)
            as previous_month_no,
        lag(month_end) over (partition by person_id order by month_no nulls last)
            as previous_month_end

    from intermediate.int_caseload_months
    where is_in_cohort
        and academic_age >= 16
        and headline_group = 'NEET'

),

numbered as (

    select
        person_id,
        month_no,
        month_end,
        neet_since,
        cast(
            sum(
                case
                    when month_no - previous_month_no = 1
                        and neet_since <= previous_month_end
                        then 0
                    else 1
                end
            ) over (
                partition by person_id
                order by month_no nulls last
                rows between unbounded preceding and current row
            )
            as bigint
        ) as spell_no

    from neet

),

spells as (

    select
        person_id,
        spell_no,
        min(neet_since) as started_on,
        min(month_end) as first_month_end,
        max(month_end) as last_month_end,
        max(month_no) as last_month_no,
        count(*) as months_counted

    from numbered
    group by person_id, spell_no

),

last_delivered as (

    select max(month_no) as month_no
    from intermediate.int_caseload_months

),

followed as (

    select
        spells.person_id,
        spells.spell_no,
        spells.first_month_end,
        spells.last_month_end,
        spells.months_counted,
        spells.started_on,
        spells.last_month_no = last_delivered.month_no as is_open,
        cast(spells.last_month_end + interval '1' day as date) as day_after,
        followers.headline_group as next_group,
        followers.start_date as next_start

    from spells
    cross join last_delivered
    left join intermediate.int_caseload_months as followers
        on spells.person_id = followers.person_id
        and spells.last_month_no + 1 = followers.month_no
        and followers.is_in_cohort

),

ended as (

    select
        person_id,
        spell_no,
        first_month_end,
        last_month_end,
        months_counted,
        next_group,
        is_open,
        started_on,
        case
            when is_open then null
            when next_group is null or next_group = 'NEET' then day_after
            when next_start < started_on then started_on
            else next_start
        end as ended_on

    from followed

),

with_earlier_end as (

    select
        *,
        max(ended_on) over (
            partition by person_id
            order by spell_no nulls last
            rows between unbounded preceding and 1 preceding
        ) as earlier_end

    from ended

)

select
    person_id,
    spell_no,
    first_month_end,
    last_month_end,
    months_counted,
    next_group,
    is_open,
    case when earlier_end > started_on then earlier_end else started_on end
        as started_on,
    case when earlier_end > ended_on then earlier_end else ended_on end as ended_on

from with_earlier_end
