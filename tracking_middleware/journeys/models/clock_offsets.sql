-- One row a domain_userid: by how many milliseconds its browser's page views seem to come after the server's. That is
-- how far its clock is off, and how long a page takes. The median of the pairs that ids make, else of the nearest
-- of one page.
WITH placed AS (
    SELECT
        domain_userid, side, moment,
        lag(moment) OVER pages AS moment_before, lag(side) OVER pages AS side_before,
        lead(moment) OVER pages AS moment_after, lead(side) OVER pages AS side_after
    FROM unpaired_views
    WHERE domain_userid IS NOT NULL
    WINDOW pages AS (PARTITION BY domain_userid, page_key ORDER BY moment, event_id)
), near AS (
    SELECT
        domain_userid,
        CASE WHEN side_before = 'browser' THEN date_diff('millisecond', moment, moment_before) END AS before,
        CASE WHEN side_after = 'browser' THEN date_diff('millisecond', moment, moment_after) END AS after
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
SELECT domain_userid, lag_milliseconds AS offset_milliseconds
FROM ordered
WHERE place = (lags + 1) // 2
