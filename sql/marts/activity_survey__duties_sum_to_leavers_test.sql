-- Every leaver stands in exactly one category of the duty, is in custody, or is
-- not known.
select
    leaving_year,
    institution

from marts.activity_survey
where meeting_count + working_towards_count + temporary_break_count + not_meeting_count
    <> known_count
    or known_count + excluded_count + not_known_count <> leaver_count
