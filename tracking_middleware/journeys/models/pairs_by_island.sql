-- One row a page view that both sides tell of in an island of time: views of one person and page with no longer pause
-- between them than clocks allow for, as many of the one side as of the other: the k-th with the k-th.
WITH paused AS (
    SELECT
        r.*,
        CASE WHEN date_diff('millisecond', lag(r.moment) OVER pages, r.moment) <= s.clock_milliseconds
            THEN 0 ELSE 1 END AS is_new
    FROM righted_views AS r
    CROSS JOIN journey_settings AS s
    WINDOW pages AS (PARTITION BY r.person_id, r.page_key ORDER BY r.moment, r.side DESC, r.event_id)
), numbered AS (
    SELECT
        *,
        sum(is_new) OVER (PARTITION BY person_id, page_key ORDER BY moment, side DESC, event_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS island
    FROM paused
), counted AS (
    SELECT
        event_id, side, person_id, page_key, island,
        count(CASE WHEN side = 'server' THEN 1 END) OVER (PARTITION BY person_id, page_key, island) AS servers,
        count(CASE WHEN side = 'browser' THEN 1 END) OVER (PARTITION BY person_id, page_key, island) AS browsers,
        row_number() OVER (PARTITION BY person_id, page_key, island, side ORDER BY moment, event_id) AS place
    FROM numbered
)
SELECT s.event_id AS server_event_id, b.event_id AS browser_event_id
FROM counted AS s
JOIN counted AS b ON b.person_id = s.person_id AND b.page_key = s.page_key AND b.island = s.island
    AND b.place = s.place AND b.side = 'browser'
WHERE s.side = 'server' AND s.servers = s.browsers
