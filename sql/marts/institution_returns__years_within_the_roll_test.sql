-- The year groups of a roll are parts of it, and so are the rows that matched.
select
    institution,
    academic_year

from marts.institution_returns
where year_9_count + year_10_count + year_11_count + year_12_count + year_13_count > roll_count
    or roll_matched_count > roll_count
    or survey_meeting_count > survey_known_count
