-- One row a page view, by the events of the two sides that tell of it.
WITH pairs AS (
    SELECT server_event_id, browser_event_id FROM pairs_by_id
    UNION ALL
    SELECT server_event_id, browser_event_id FROM pairs_by_island
    UNION ALL
    SELECT server_event_id, browser_event_id FROM pairs_by_nearness
    UNION ALL
    SELECT server_event_id, browser_event_id FROM pairs_by_page
)
SELECT
    v.event_id AS page_view_id, v.person_id, v.session_id, v.moment, v.web_page_id, v.page_key, v.domain_userid,
    CASE WHEN p.browser_event_id IS NULL THEN 'server' ELSE 'both' END AS seen_by,
    v.event_id AS server_event_id, p.browser_event_id,
    coalesce(p.browser_event_id, v.event_id) AS main_event_id
FROM page_view_events AS v
LEFT JOIN pairs AS p ON p.server_event_id = v.event_id
WHERE v.side = 'server'
UNION ALL
SELECT
    v.event_id, v.person_id, v.session_id, v.moment, v.web_page_id, v.page_key, v.domain_userid,
    'browser', CAST(NULL AS VARCHAR), v.event_id, v.event_id
FROM page_view_events AS v
WHERE v.side = 'browser'
  AND NOT EXISTS (SELECT 1 FROM pairs AS p WHERE p.browser_event_id = v.event_id)
