-- Years 11 and 12 together are Year 11 and Year 12 of the same institution.
select
    guarantee_year,
    institution

from marts.september_guarantee
group by guarantee_year, institution
having cast(sum(case when year_group = 'Y11-12' then cohort_count else -cohort_count end) as bigint) <> 0
    or cast(sum(case when year_group = 'Y11-12' then offer_made_count else -offer_made_count end) as bigint) <> 0
