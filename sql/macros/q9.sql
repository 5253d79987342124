-- x cut to nine decimals, so that ranks and thresholds do not hang on the last
-- bit of a sum that two machines add up in another order.
CREATE MACRO q9(x) AS CAST(x AS DECIMAL(18, 9))
