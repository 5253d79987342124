-- Calendar year of the January of the winter that holds d: December 2020 and
-- February 2021 both give 2021, the year of DfE's scorecard whose headline is
-- their mean. Null from March to November.
CREATE MACRO djf_year(d) AS CASE
    WHEN extract(MONTH FROM d) = 12 THEN CAST(extract(YEAR FROM d) + 1 AS BIGINT)
    WHEN extract(MONTH FROM d) <= 2 THEN CAST(extract(YEAR FROM d) AS BIGINT)
END
