-- Which list was due from which provider and when, as the council configured it.
-- grain: dataset, provider, academic_year, due_on
-- materialized: view
-- column dataset: Kind of list.
-- column provider: Inbox folder of the provider.
-- column academic_year: Academic year the list is due in.
-- column due_on: Day it is due.
select
    dataset,
    provider,
    academic_year,
    due_on

from raw.expected
