-- One row a page view, of those that are left, that a person's time and page join: the first of the browser after one
-- of the server and before the next, within the window. One look at each, however often a page was reloaded.
WITH placed AS (
    SELECT
        r.event_id, r.side, r.moment,
        lead(r.event_id) OVER pages AS next_event_id, lead(r.side) OVER pages AS next_side,
        lead(r.moment) OVER pages AS next_moment
    FROM righted_views AS r
    WHERE r.event_id NOT IN (
        SELECT server_event_id FROM pairs_by_island UNION ALL SELECT browser_event_id FROM pairs_by_island
        UNION ALL
        SELECT server_event_id FROM pairs_by_nearness UNION ALL SELECT browser_event_id FROM pairs_by_nearness
    )
    WINDOW pages AS (PARTITION BY r.person_id, r.page_key ORDER BY r.moment, r.side DESC, r.event_id)
)
SELECT p.event_id AS server_event_id, p.next_event_id AS browser_event_id
FROM placed AS p
CROSS JOIN journey_settings AS s
WHERE p.side = 'server' AND p.next_side = 'browser'
  AND date_diff('millisecond', p.moment, p.next_moment) <= s.page_view_milliseconds
