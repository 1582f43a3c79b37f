-- One row a page view, of those that islands leave, that is each side's nearest to the other, no further apart than
-- clocks and slow pages allow for.
WITH placed AS (
    SELECT
        r.event_id, r.side, r.moment,
        lag(r.event_id) OVER pages AS id_before, lag(r.side) OVER pages AS side_before,
        lead(r.event_id) OVER pages AS id_after, lead(r.side) OVER pages AS side_after,
        date_diff('millisecond', lag(r.moment) OVER pages, r.moment) AS since,
        date_diff('millisecond', r.moment, lead(r.moment) OVER pages) AS until
    FROM righted_views AS r
    WHERE NOT EXISTS (SELECT 1 FROM pairs_by_island AS p WHERE p.server_event_id = r.event_id)
      AND NOT EXISTS (SELECT 1 FROM pairs_by_island AS p WHERE p.browser_event_id = r.event_id)
    WINDOW pages AS (PARTITION BY r.person_id, r.page_key ORDER BY r.moment, r.side DESC, r.event_id)
), nearest AS (
    SELECT
        event_id, side,
        CASE
            WHEN side_before <> side AND (side_after IS NULL OR side_after = side OR since <= until) THEN id_before
            WHEN side_after <> side THEN id_after
        END AS other_id,
        CASE
            WHEN side_before <> side AND (side_after IS NULL OR side_after = side OR since <= until) THEN since
            WHEN side_after <> side THEN until
        END AS apart
    FROM placed
)
SELECT s.event_id AS server_event_id, b.event_id AS browser_event_id
FROM nearest AS s
CROSS JOIN journey_settings AS t
JOIN nearest AS b ON b.event_id = s.other_id AND b.other_id = s.event_id
WHERE s.side = 'server' AND s.apart <= t.near_milliseconds
