-- Everybody of the frozen cohort is in exactly one part; what is over is offers
-- to later joiners.
select
    guarantee_year,
    year_group,
    institution

from marts.september_guarantee
where offer_made_count - later_joiner_offer_count + offer_not_appropriate_count
    + no_offer_count + not_recorded_count <> cohort_count
