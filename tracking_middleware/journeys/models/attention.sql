-- One row a page view of a browser that sent page pings: how long somebody was engaged, and how much they scrolled
-- through. A ping belongs to the view with its ``web_page`` id, else to the last one of its session and page; without
-- either it belongs to none.
WITH viewed AS (
    SELECT web_page_key, min(event_number) AS view_number
    FROM page_view_events
    WHERE side = 'browser' AND web_page_key IS NOT NULL
    GROUP BY web_page_key
), without_id AS (
    SELECT
        event_id, page_event, moment,
        max(CASE WHEN page_event = 'page_view' THEN event_number END) OVER (
            PARTITION BY session_number, page_number ORDER BY moment, page_event DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS view_number
    FROM owned_events
    WHERE side = 'browser' AND web_page_key IS NULL AND session_number IS NOT NULL
      AND page_event IN ('page_view', 'page_ping')
), pings AS (
    SELECT o.event_id, o.moment, v.view_number
    FROM owned_events AS o
    JOIN viewed AS v ON v.web_page_key = o.web_page_key
    WHERE o.page_event = 'page_ping'
    UNION ALL
    SELECT event_id, moment, view_number
    FROM without_id
    WHERE page_event = 'page_ping' AND view_number IS NOT NULL
)
SELECT
    p.view_number AS browser_number,
    CAST(count(DISTINCT CAST(floor(epoch(p.moment) / s.heartbeat_seconds) AS BIGINT)) * min(s.heartbeat_seconds) AS BIGINT)
        AS engaged_seconds,
    max(CASE WHEN e.doc_height > 0
        THEN least(1.0, CAST(coalesce(e.pp_yoffset_max, 0) + coalesce(e.br_viewheight, 0) AS DOUBLE) / e.doc_height) END)
        AS scroll_share
FROM pings AS p
CROSS JOIN journey_settings AS s
JOIN events AS e ON e.event = 'page_ping' AND CAST(e.event_id AS UUID) = p.event_id
GROUP BY p.view_number
