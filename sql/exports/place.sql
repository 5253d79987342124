-- The authority whose young people are counted, as open data names a place: one
-- row. Other models of the layer read it.
-- grain: old_la_code
-- column old_la_code: Three-digit code of the authority.
-- column new_la_code: GSS code of the authority.
-- column la_name: Name of the authority.
-- column region_code: GSS code of its region.
-- column region_name: Name of its region.
-- column country_code: GSS code of England.
-- column country_name: England.
select
    authorities.area_code as old_la_code,
    authorities.gss_code as new_la_code,
    authorities.name as la_name,
    authorities.region_code,
    authorities.region_name,
    countries.gss_code as country_code,
    countries.name as country_name

from ref.settings as settings
inner join ref.areas as authorities
    on settings.value = authorities.area_code
    and authorities.kind = 'authority'
cross join ref.areas as countries
where settings.name = 'la_code'
    and countries.kind = 'country'
