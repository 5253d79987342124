-- First day of the month that holds d, as a DATE on every engine.
CREATE MACRO month_start(d) AS CAST(date_trunc('month', d) AS DATE)
