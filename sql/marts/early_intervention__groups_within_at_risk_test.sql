-- Where both groups are of one year, they and those without a record are all the
-- at-risk leavers, and nobody NEET stands outside a group.
select
    leaving_year,
    risk_group

from marts.early_intervention
where leaving_year = comparison_year
    and supported_count + comparison_count + no_record_count <> at_risk_count
    or supported_neet_count + supported_not_known_count > supported_count
    or comparison_neet_count + comparison_not_known_count > comparison_count
