-- One row a browser: by how many milliseconds its page views seem to come after the server's. That is how far its
-- clock is off, and how long a page takes. The median of the pairs that ids make, else of the nearest of one page.
WITH told AS (
    SELECT
        coalesce(b.device_number, s.device_number) AS device_number,
        date_diff('millisecond', s.moment, b.moment) AS lag_milliseconds
    FROM pairs_by_id AS p
    JOIN page_view_events AS s ON s.event_number = p.server_number
    JOIN page_view_events AS b ON b.event_number = p.browser_number
), sure AS (
    SELECT t.device_number, t.lag_milliseconds
    FROM told AS t
    CROSS JOIN journey_settings AS s
    WHERE t.device_number IS NOT NULL AND abs(t.lag_milliseconds) <= s.page_view_milliseconds
), placed AS (
    SELECT
        v.device_number, v.side, v.moment,
        lag(v.moment) OVER pages AS moment_before, lag(v.side) OVER pages AS side_before,
        lead(v.moment) OVER pages AS moment_after, lead(v.side) OVER pages AS side_after
    FROM unpaired_views AS v
    WHERE v.device_number IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM sure AS s WHERE s.device_number = v.device_number)
    WINDOW pages AS (PARTITION BY v.device_number, v.page_number ORDER BY v.event_number)
), near AS (
    SELECT
        device_number,
        CASE WHEN side_before = 'browser' THEN date_diff('millisecond', moment, moment_before) END AS before,
        CASE WHEN side_after = 'browser' THEN date_diff('millisecond', moment, moment_after) END AS after
    FROM placed
    WHERE side = 'server'
), nearest AS (
    SELECT
        device_number, CASE WHEN before IS NULL OR after < -before THEN after ELSE before END AS lag_milliseconds
    FROM near
    WHERE before IS NOT NULL OR after IS NOT NULL
), lags AS (
    SELECT device_number, lag_milliseconds FROM sure
    UNION ALL
    SELECT n.device_number, n.lag_milliseconds
    FROM nearest AS n
    CROSS JOIN journey_settings AS s
    WHERE abs(n.lag_milliseconds) <= s.page_view_milliseconds
), ordered AS (
    SELECT
        device_number, lag_milliseconds,
        row_number() OVER (PARTITION BY device_number ORDER BY lag_milliseconds) AS place,
        count(*) OVER (PARTITION BY device_number) AS lags
    FROM lags
)
SELECT device_number, lag_milliseconds AS offset_milliseconds
FROM ordered
WHERE place = (lags + 1) // 2
