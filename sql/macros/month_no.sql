-- Number of the month that holds d, counted from year 0: the difference of two
-- is the number of months between them. The same number as ref.months.month_no.
CREATE MACRO month_no(d) AS CAST(extract(YEAR FROM d) * 12 + extract(MONTH FROM d) AS BIGINT)
