-- A period that no calendar knows leaves its rows out of every comparison: the
-- tidy table's period is typed by hand.
-- severity: warn
select distinct
    tidy.file_name,
    tidy.line

from staging.stg_comparators__tidy as tidy
where not exists (
    select 1
    from ref.months as months
    where (tidy.period_kind = 'month' and tidy.period = months.period)
        or (
            tidy.period_kind in ('three_month', 'published')
            and tidy.period = months.academic_year
        )
        or (
            tidy.period_kind = 'published'
            and tidy.period = CAST(months.calendar_year AS VARCHAR(10))
        )
)
