-- Wards together hold at most the borough's NEET of the year; what is missing
-- to 100 % lives at unknown or outside addresses.
select
    academic_year,
    boundary_version

from marts.ward_hotspots
group by academic_year, boundary_version
having cast(sum(borough_share_percent) as double) > 100.000001
