-- Each accepted row is matched by one rule, to be reviewed, or unmatched; a row
-- outside these was lost on the way from the list to the caseload.
select file_hash

from marts.list_effects
where rows_accepted <> matched_count + to_review_count + unmatched_count
    or matched_count <> matched_pupil_number_count + matched_learner_number_count
        + matched_caseload_number_count + matched_name_count
        + matched_remembered_count + matched_likeness_count + matched_decision_count
