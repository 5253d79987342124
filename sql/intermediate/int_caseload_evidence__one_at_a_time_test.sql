-- The caseload says one thing at a time: no day of a person lies in two of its
-- intervals.
with

following as (

    select
        person_no,
        evidence_date,
        ends_on,
        lead(starts_on) over (
            partition by person_no
            order by starts_on nulls last, ends_on nulls last
        ) as next_starts_on

    from intermediate.int_caseload_evidence

)

select
    person_no,
    evidence_date

from following
where ends_on >= next_starts_on
