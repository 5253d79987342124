-- Nobody is engaged without an intervention, and no figure counts more than the
-- month's events.
select month

from marts.engagement
where people_engaged > interventions
    or interventions + home_visits > events_total
    or people_contacted > events_total
    or people_followed_up + early_leavers_supported > events_total
