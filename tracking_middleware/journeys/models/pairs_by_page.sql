-- One row a page view that a person's time and page join: the first of the browser after one of the server and
-- before the next, within the window, clocks put right. One look at each, however often a page was reloaded.
WITH righted AS (
    SELECT
        v.event_id, v.side, v.person_id, v.page_key,
        CASE WHEN v.side = 'server' THEN v.moment
            ELSE v.moment + to_milliseconds(s.clock_milliseconds - coalesce(c.offset_milliseconds, 0)) END AS moment
    FROM unpaired_views AS v
    CROSS JOIN journey_settings AS s
    LEFT JOIN clock_offsets AS c ON c.domain_userid = v.domain_userid
), placed AS (
    SELECT
        event_id, side, moment,
        lead(event_id) OVER pages AS next_event_id, lead(side) OVER pages AS next_side, lead(moment) OVER pages AS next_at
    FROM righted
    WINDOW pages AS (PARTITION BY person_id, page_key ORDER BY moment, side DESC, event_id)
)
SELECT p.event_id AS server_event_id, p.next_event_id AS browser_event_id
FROM placed AS p
CROSS JOIN journey_settings AS s
WHERE p.side = 'server' AND p.next_side = 'browser'
  AND date_diff('millisecond', p.moment, p.next_at) <= s.page_view_milliseconds + s.clock_milliseconds
