-- One row a page view, of those that islands leave, that is each side's nearest to the other, no further apart than
-- clocks and slow pages allow for.
WITH paired AS (
    SELECT server_number AS event_number FROM pairs_by_island
    UNION ALL
    SELECT browser_number FROM pairs_by_island
), placed AS (
    SELECT
        r.event_number, r.side,
        lag(r.event_number) OVER pages AS number_before, lag(r.side) OVER pages AS side_before,
        lead(r.event_number) OVER pages AS number_after, lead(r.side) OVER pages AS side_after,
        date_diff('millisecond', lag(r.moment) OVER pages, r.moment) AS since,
        date_diff('millisecond', r.moment, lead(r.moment) OVER pages) AS until
    FROM righted_views AS r
    WHERE NOT EXISTS (SELECT 1 FROM paired AS p WHERE p.event_number = r.event_number)
    WINDOW pages AS (PARTITION BY r.person_number, r.page_number ORDER BY r.moment, r.side DESC, r.event_number)
), nearest AS (
    SELECT
        event_number, side,
        CASE
            WHEN side_before <> side AND (side_after IS NULL OR side_after = side OR since <= until)
                THEN number_before
            WHEN side_after <> side THEN number_after
        END AS other_number,
        CASE
            WHEN side_before <> side AND (side_after IS NULL OR side_after = side OR since <= until) THEN since
            WHEN side_after <> side THEN until
        END AS apart
    FROM placed
)
SELECT s.event_number AS server_number, b.event_number AS browser_number
FROM nearest AS s
CROSS JOIN journey_settings AS t
JOIN nearest AS b ON b.event_number = s.other_number AND b.other_number = s.event_number
WHERE s.side = 'server' AND s.apart <= t.near_milliseconds
