-- One row a domain_userid whose browser's clock is off, and by how many milliseconds: the median of how long after
-- the server's page view the browser's seems to come, by the pairs that ids make, else by the nearest of one page.
WITH placed AS (
    SELECT
        domain_userid, side, moment,
        lag(moment) OVER pages AS at_before, lag(side) OVER pages AS side_before,
        lead(moment) OVER pages AS at_after, lead(side) OVER pages AS side_after
    FROM unpaired_views
    WHERE domain_userid IS NOT NULL
    WINDOW pages AS (PARTITION BY domain_userid, page_key ORDER BY moment, event_id)
), near AS (
    SELECT
        domain_userid,
        CASE WHEN side_before = 'browser' THEN date_diff('millisecond', moment, at_before) END AS before,
        CASE WHEN side_after = 'browser' THEN date_diff('millisecond', moment, at_after) END AS after
    FROM placed
    WHERE side = 'server'
), lags AS (
    SELECT domain_userid, lag_milliseconds, 0 AS rank FROM pairs_by_id WHERE domain_userid IS NOT NULL
    UNION ALL
    SELECT
        domain_userid,
        CASE WHEN before IS NULL OR after < -before THEN after ELSE before END,
        1
    FROM near
    WHERE before IS NOT NULL OR after IS NOT NULL
), close AS (
    SELECT l.*, min(l.rank) OVER (PARTITION BY l.domain_userid) AS best
    FROM lags AS l
    CROSS JOIN journey_settings AS s
    WHERE abs(l.lag_milliseconds) <= s.page_view_milliseconds
), ordered AS (
    SELECT
        domain_userid, lag_milliseconds,
        row_number() OVER (PARTITION BY domain_userid ORDER BY lag_milliseconds) AS place,
        count(*) OVER (PARTITION BY domain_userid) AS lags
    FROM close
    WHERE rank = best
)
SELECT o.domain_userid, o.lag_milliseconds - s.load_milliseconds AS offset_milliseconds
FROM ordered AS o
CROSS JOIN journey_settings AS s
WHERE o.place = (o.lags + 1) // 2
  AND (o.lag_milliseconds < -s.clock_milliseconds OR o.lag_milliseconds > s.slow_milliseconds)
