-- Counted from the best and from the worst, the two ranks and the areas tied
-- with this one make up all areas ranked: if not, the two rankings were not over
-- the same areas.
select
    source_file,
    period,
    measure,
    comparison_group,
    list_vintage,
    area_code

from marts.area_comparisons
where rank_best is not null
    and rank_best + rank_worst + tie_count <> areas_ranked + 1
