-- One row a page view, by the events of the two sides that tell of it. Person and session are the browser's where
-- there is one.
WITH pairs AS (
    SELECT server_number, browser_number FROM pairs_by_id
    UNION ALL
    SELECT server_number, browser_number FROM pairs_by_island
    UNION ALL
    SELECT server_number, browser_number FROM pairs_by_nearness
    UNION ALL
    SELECT server_number, browser_number FROM pairs_by_page
), told AS (
    SELECT p.server_number, p.browser_number, b.event_id, b.person_number, b.session_number
    FROM pairs AS p
    JOIN page_view_events AS b ON b.event_number = p.browser_number
)
SELECT
    v.event_number AS view_number, v.moment,
    coalesce(t.person_number, v.person_number) AS person_number,
    coalesce(t.session_number, v.session_number) AS session_number,
    CASE WHEN t.browser_number IS NULL THEN 'server' ELSE 'both' END AS seen_by,
    t.browser_number,
    v.event_id AS server_event_id, t.event_id AS browser_event_id
FROM page_view_events AS v
LEFT JOIN told AS t ON t.server_number = v.event_number
WHERE v.side = 'server'
UNION ALL
SELECT
    v.event_number, v.moment, v.person_number, v.session_number, 'browser', v.event_number,
    CAST(NULL AS UUID), v.event_id
FROM page_view_events AS v
WHERE v.side = 'browser'
  AND NOT EXISTS (SELECT 1 FROM pairs AS p WHERE p.browser_number = v.event_number)
