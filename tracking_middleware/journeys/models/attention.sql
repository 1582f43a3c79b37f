-- One row a page view of a browser that sent page pings: how long somebody was engaged, and how much they scrolled
-- through. A ping belongs to the view with its ``web_page`` id, else to the last one of its session and page.
WITH viewed AS (
    SELECT web_page_id, min(CAST(moment AS VARCHAR) || ' ' || event_id) AS first_event
    FROM page_view_events
    WHERE side = 'browser' AND web_page_id IS NOT NULL
    GROUP BY web_page_id
), without_id AS (
    SELECT
        event_id, event, moment,
        max(CASE WHEN event = 'page_view' THEN CAST(moment AS VARCHAR) || ' ' || event_id END) OVER (
            PARTITION BY session_id, page_key ORDER BY moment, event DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last_view
    FROM owned_events
    WHERE side = 'browser' AND web_page_id IS NULL AND event IN ('page_view', 'page_ping')
), pings AS (
    SELECT o.event_id, o.moment, right(v.first_event, 36) AS view_event_id
    FROM owned_events AS o
    JOIN viewed AS v ON v.web_page_id = o.web_page_id
    WHERE o.event = 'page_ping'
    UNION ALL
    SELECT event_id, moment, right(last_view, 36)
    FROM without_id
    WHERE event = 'page_ping' AND last_view IS NOT NULL
)
SELECT
    p.view_event_id AS browser_event_id,
    CAST(count(DISTINCT CAST(floor(epoch(p.moment) / s.heartbeat_seconds) AS BIGINT)) * min(s.heartbeat_seconds) AS BIGINT)
        AS engaged_seconds,
    least(1.0, max(CASE WHEN e.doc_height > 0
        THEN CAST(coalesce(e.pp_yoffset_max, 0) + coalesce(e.br_viewheight, 0) AS DOUBLE) / e.doc_height END))
        AS scroll_share
FROM pings AS p
CROSS JOIN journey_settings AS s
JOIN events AS e ON e.event_id = p.event_id
GROUP BY p.view_event_id
