-- Every delivered file that the ledger has settled, loaded or refused, up to the
-- day the build knows.
-- grain: dataset, provider, file_hash
-- materialized: view
-- column dataset: Kind of list.
-- column provider: Inbox folder the file came in.
-- column file_hash: SHA-256 of the file.
-- column academic_year: Academic year of the day of the delivery.
-- column is_loaded: The file was loaded; false when it was refused.
-- column rows_read: Rows of the file.
-- column rows_accepted: Rows that were loaded.
-- column rows_quarantined: Rows that were refused.
-- column delivered_on: Day of the delivery, Europe/London.
-- not_null: is_loaded
select
    files.dataset,
    files.provider,
    files.file_hash,
    files.academic_year,
    files.status = 'loaded' as is_loaded,
    files.rows_read,
    files.rows_accepted,
    files.rows_quarantined,
    files.delivered_on

from raw.files as files
inner join ref.build as build
    on files.delivered_on <= build.as_at
