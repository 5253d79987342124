-- How well each provider delivers: on time, readable, matched. One row per
-- provider, dataset and academic year of the delivery, or of a list that was due
-- by the knowledge date. Counts files and rows, of everybody on the lists.
-- grain: provider, dataset, academic_year
-- column provider: Inbox folder.
-- column dataset: Kind of list.
-- column academic_year: Academic year of the deliveries, or in which a list was due.
-- column files_loaded: Files that were loaded.
-- column files_refused: Files that were refused whole.
-- column rows_read: Rows of all these files.
-- column rows_accepted: Rows that were loaded.
-- column rows_quarantined: Rows that were refused.
-- column quarantined_percent: Refused ÷ read, per cent; null when nothing was read.
-- column listed_count: Rows about people that went to matching; null for lists without people or that are the caseload itself.
-- column matched_count: Of these, rows linked to one person of the caseload.
-- column matched_percent: Matched ÷ rows that went to matching, per cent.
-- column first_delivered_on: Day of the first delivery that was loaded.
-- column last_delivered_on: Day of the last delivery that was loaded.
-- column due_count: Lists due by the knowledge date; 0 when none is configured.
-- column on_time_count: Of these, those with a loaded delivery in their window by the day they were due.
-- column late_count: Of these, those with a loaded delivery after that day only.
-- column overdue_count: Of these, those without a loaded delivery for their window.
-- column on_time_percent: On time ÷ due, per cent; null when none was due.
-- column missing_reason: no_cohort where no row was read; else null.
-- column as_at: Knowledge date of the build.
-- not_null: files_loaded, files_refused
-- export: internal
with

delivered as (

    select
        provider,
        dataset,
        academic_year,
        count(*) filter (where is_loaded) as files_loaded,
        count(*) filter (where not is_loaded) as files_refused,
        cast(coalesce(sum(rows_read), 0) as bigint) as rows_read,
        cast(coalesce(sum(rows_accepted), 0) as bigint) as rows_accepted,
        cast(coalesce(sum(rows_quarantined), 0) as bigint) as rows_quarantined,
        min(case when is_loaded then delivered_on end) as first_delivered_on,
        max(case when is_loaded then delivered_on end) as last_delivered_on

    from staging.stg_files__all
    group by provider, dataset, academic_year

),

matched as (

    select
        links.provider,
        links.dataset,
        files.academic_year,
        count(*) as listed_count,
        count(*) filter (where links.link_outcome = 'linked') as matched_count

    from intermediate.int_people_linked as links
    inner join staging.stg_files__all as files
        on links.dataset = files.dataset
        and links.provider = files.provider
        and links.file_hash = files.file_hash
    group by links.provider, links.dataset, files.academic_year

),

first_arrivals as (

    select
        expected.provider,
        expected.dataset,
        expected.academic_year,
        expected.due_on,
        min(files.delivered_on) as arrived_on

    from staging.stg_expected as expected
    inner join ref.build as build
        on expected.due_on <= build.as_at
    left join staging.stg_files__all as files
        on expected.provider = files.provider
        and expected.dataset = files.dataset
        and files.is_loaded
        and files.delivered_on >= expected.opens_on
        and files.delivered_on < expected.until_on
    group by expected.provider, expected.dataset, expected.academic_year, expected.due_on

),

due as (

    select
        provider,
        dataset,
        academic_year,
        count(*) as due_count,
        count(*) filter (where arrived_on <= due_on) as on_time_count,
        count(*) filter (where arrived_on > due_on) as late_count,
        count(*) filter (where arrived_on is null) as overdue_count

    from first_arrivals
    group by provider, dataset, academic_year

),

spine as (

    select provider, dataset, academic_year from delivered
    union
    select provider, dataset, academic_year from due

)

select
    spine.provider,
    spine.dataset,
    spine.academic_year,
    coalesce(delivered.files_loaded, 0) as files_loaded,
    coalesce(delivered.files_refused, 0) as files_refused,
    coalesce(delivered.rows_read, 0) as rows_read,
    coalesce(delivered.rows_accepted, 0) as rows_accepted,
    coalesce(delivered.rows_quarantined, 0) as rows_quarantined,
    percent_of(delivered.rows_quarantined, delivered.rows_read) as quarantined_percent,
    matched.listed_count,
    matched.matched_count,
    percent_of(matched.matched_count, matched.listed_count) as matched_percent,
    delivered.first_delivered_on,
    delivered.last_delivered_on,
    coalesce(due.due_count, 0) as due_count,
    coalesce(due.on_time_count, 0) as on_time_count,
    coalesce(due.late_count, 0) as late_count,
    coalesce(due.overdue_count, 0) as overdue_count,
    percent_of(due.on_time_count, due.due_count) as on_time_percent,
    case when coalesce(delivered.rows_read, 0) = 0 then 'no_cohort' end as missing_reason,
    build.as_at

from spine
left join delivered
    on spine.provider = delivered.provider
    and spine.dataset = delivered.dataset
    and spine.academic_year = delivered.academic_year
left join matched
    on spine.provider = matched.provider
    and spine.dataset = matched.dataset
    and spine.academic_year = matched.academic_year
left join due
    on spine.provider = due.provider
    and spine.dataset = due.dataset
    and spine.academic_year = due.academic_year
cross join ref.build as build
