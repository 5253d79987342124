-- No-shows had an offer, leavers had started, and the three answers of March are
-- all starters of one provider (a borough row counts a person of two providers
-- once, in more than one part).
select
    academic_year,
    provider,
    route

from marts.destinations
where no_show_count > offer_count
    or no_show_in_learning_count > no_show_count
    or early_leaver_count > starter_count
    or left_by_march_count < early_leaver_count
    or provider <> 'all' and unconfirmed_in_march_count < 0
