-- A due list is on time, late or overdue; no row is lost between reading and
-- loading but the blank ones.
select
    provider,
    dataset,
    academic_year

from marts.provider_quality
where on_time_count + late_count + overdue_count <> due_count
    or rows_accepted + rows_quarantined > rows_read
    or matched_count > listed_count
