-- Delivered files that were loaded, up to the day the build knows.
-- grain: dataset, provider, file_hash
-- materialized: view
-- column dataset: Kind of list.
-- column provider: Inbox folder the file came in.
-- column file_hash: SHA-256 of the file.
-- column file_name: Path under the inbox.
-- column academic_year: Academic year of the day of the delivery.
-- column rows_accepted: Rows that were loaded.
-- column rows_quarantined: Rows that were refused.
-- column delivered_on: Day of the delivery, Europe/London.
select
    files.dataset,
    files.provider,
    files.file_hash,
    files.file_name,
    files.academic_year,
    files.rows_accepted,
    files.rows_quarantined,
    files.delivered_on

from raw.files as files
inner join ref.build as build
    on files.delivered_on <= build.as_at
where files.status = 'loaded'
