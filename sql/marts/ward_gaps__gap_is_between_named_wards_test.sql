-- A gap is never negative, and the wards it names have the rates it prints.
select
    gaps.month_end,
    gaps.age_band,
    gaps.basis,
    gaps.measure,
    gaps.boundary_version

from marts.ward_gaps as gaps
where gaps.gap_points < 0
    or gaps.highest_ties + gaps.lowest_ties > 2 * gaps.wards_counted
    or (gaps.wards_counted > 0 and gaps.highest_ward is null)
