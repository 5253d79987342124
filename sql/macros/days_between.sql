-- Days from a to b: negative when b is before a. Engines disagree on the order
-- of date_diff's arguments, so models call this instead.
CREATE MACRO days_between(a, b) AS CAST(date_diff('day', CAST(a AS DATE), CAST(b AS DATE)) AS BIGINT)
