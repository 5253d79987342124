-- n as a percentage of d, unrounded; null when d is 0 or null, because a rate
-- without a denominator is not 0 %.
CREATE MACRO percent_of(n, d) AS 100 * CAST(n AS DOUBLE) / nullif(CAST(d AS DOUBLE), 0)
