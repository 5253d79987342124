-- Which list was due from which provider and when, as the council's calendar says.
-- grain: dataset, provider, due_on
-- materialized: view
-- column dataset: Kind of list.
-- column provider: Inbox folder of the provider.
-- column academic_year: Academic year the list is due in.
-- column opens_on: First day on which a list counts for it.
-- column due_on: Day it is due.
-- column until_on: First day on which a list counts for the dataset's next window.
select
    dataset,
    provider,
    academic_year,
    opens_on,
    due_on,
    until_on

from raw.expected
