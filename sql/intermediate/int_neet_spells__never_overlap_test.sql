-- A day of a person belongs to one spell at most; otherwise days NEET are
-- counted twice.
select
    earlier.person_id,
    earlier.spell_no

from intermediate.int_neet_spells as earlier
inner join intermediate.int_neet_spells as later
    on earlier.person_id = later.person_id
    and earlier.spell_no < later.spell_no
where earlier.ended_on is null
    or earlier.ended_on > later.started_on
    or earlier.started_on > earlier.ended_on
