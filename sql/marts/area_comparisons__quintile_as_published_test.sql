-- Our quintile is cut like the publisher's. Where the printed figures do not tie
-- across a boundary the two must agree; if they do not, the publisher changed
-- its method or the file lost areas.
-- severity: warn
select
    source_file,
    period,
    measure,
    area_code

from marts.area_comparisons
where comparison_group = 'england'
    and published_quintile is not null
    and not quintile_tie
    and published_quintile <> quintile
