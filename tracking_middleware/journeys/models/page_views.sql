-- One row a page that somebody saw, told of by the browser, by the server, or by both. Its URL, title, referrer and
-- campaign are the browser's where there is one, else the server's; the entities of both sides stand beside. It is an agent's where the
-- server's event says so, or the browser's.
WITH told AS (
    SELECT
        v.server_event_id, v.browser_event_id, v.seen_by, v.moment, p.person_id, s.session_id,
        coalesce(a.engaged_seconds, 0) AS engaged_seconds, a.scroll_share
    FROM paired_views AS v
    LEFT JOIN person_keys AS p ON p.person_number = v.person_number
    LEFT JOIN session_keys AS s ON s.session_number = v.session_number
    LEFT JOIN attention AS a ON a.browser_number = v.browser_number
)
SELECT
    CAST(coalesce(v.server_event_id, v.browser_event_id) AS VARCHAR) AS page_view_id,
    v.person_id, v.session_id, v.seen_by, v.moment AS at,
    e.page_url, e.page_title, e.page_referrer, e.refr_medium, e.refr_source,
    e.mkt_medium, e.mkt_source, e.mkt_term, e.mkt_content, e.mkt_campaign, e.br_family,
    coalesce(s.agent_class, e.agent_class) AS agent_class,
    CASE WHEN s.event_id IS NULL THEN e.agent_operator ELSE s.agent_operator END AS agent_operator,
    CASE WHEN s.event_id IS NULL THEN e.agent_product ELSE s.agent_product END AS agent_product,
    CASE WHEN s.event_id IS NULL THEN e.agent_proof ELSE s.agent_proof END AS agent_proof,
    CAST(v.server_event_id AS VARCHAR) AS server_event_id,
    CAST(v.browser_event_id AS VARCHAR) AS browser_event_id,
    v.engaged_seconds, v.scroll_share
FROM told AS v
JOIN events AS e ON e.event = 'page_view'
    AND CAST(e.event_id AS UUID) = coalesce(v.browser_event_id, v.server_event_id)
LEFT JOIN events AS s ON s.event = 'page_view' AND s.agent_class NOT IN ('person', 'unknown')
    AND CAST(s.event_id AS UUID) = v.server_event_id
