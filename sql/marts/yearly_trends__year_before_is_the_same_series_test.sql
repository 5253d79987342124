-- The previous value of a row is the value of the same series one year back, so
-- that no band, basis or kind of period is measured against another.
with

numbered as (

    select
        measure,
        age_band,
        basis,
        period_kind,
        period,
        previous_value,
        lag(value) over (
            partition by
                measure, age_band, basis, period_kind,
                case
                    when period_kind = 'same_month' then substr(period, 6, 2)
                    when period_kind = 'quarter' then substr(period, 9, 2)
                end
            order by period nulls last
        ) as value_of_row_before

    from marts.yearly_trends

)

select
    measure,
    age_band,
    basis,
    period_kind,
    period
from numbered
where previous_value is not null
    and previous_value is distinct from value_of_row_before
