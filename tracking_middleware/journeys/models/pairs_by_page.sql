-- One row a page view, of those that are left, that a person's time and page join: the first of the browser after one
-- of the server and before the next, within the window. One look at each, however often a page was reloaded.
WITH paired AS (
    SELECT server_number AS event_number FROM pairs_by_island
    UNION ALL
    SELECT browser_number FROM pairs_by_island
    UNION ALL
    SELECT server_number FROM pairs_by_nearness
    UNION ALL
    SELECT browser_number FROM pairs_by_nearness
), placed AS (
    SELECT
        r.event_number, r.side, r.moment,
        lead(r.event_number) OVER pages AS next_number, lead(r.side) OVER pages AS next_side,
        lead(r.moment) OVER pages AS next_moment
    FROM righted_views AS r
    WHERE NOT EXISTS (SELECT 1 FROM paired AS p WHERE p.event_number = r.event_number)
    WINDOW pages AS (PARTITION BY r.person_number, r.page_number ORDER BY r.moment, r.side DESC, r.event_number)
)
SELECT p.event_number AS server_number, p.next_number AS browser_number
FROM placed AS p
CROSS JOIN journey_settings AS s
WHERE p.side = 'server' AND p.next_side = 'browser'
  AND date_diff('millisecond', p.moment, p.next_moment) <= s.page_view_milliseconds
