-- One row a page view of an agent's, or its event that it asked for a file made for agents (``kind``): how many it stands
-- for where not all are tracked, what those took (NULL where it does not say), what read which page, on which day of the time
-- zone that is named, and the event whose entities say the article (the server's where it says one, else the browser's).
-- ``app_id`` is that of a file's event alone.
WITH seen AS (
    SELECT
        v.page_view_id, 'page' AS kind, CAST(NULL AS VARCHAR) AS app_id, v.agent_class, v.agent_operator, v.agent_product, v.agent_proof, v.page_url, v.at,
        CASE WHEN s.event_id IS NOT NULL THEN v.server_event_id ELSE v.browser_event_id END AS event_id,
        coalesce(t.thousandths, 1000) AS thousandths, t.bytes, t.microseconds
    FROM page_views AS v
    LEFT JOIN (
        SELECT DISTINCT f.event_id FROM event_fields AS f WHERE f.topic = 'article' AND f.kind = 'id'
    ) AS s ON s.event_id = v.server_event_id
    LEFT JOIN agent_told AS t ON t.event_id = v.server_event_id
    WHERE v.agent_class NOT IN ('person', 'unknown')
    UNION ALL
    SELECT
        CAST(NULL AS VARCHAR), f.kind, f.app_id, f.agent_class, f.agent_operator, f.agent_product, f.agent_proof, f.page_url,
        f.moment, f.event_id, f.thousandths, f.bytes, f.microseconds
    FROM agent_told AS f
    WHERE f.event = 'struct'
)
SELECT
    w.page_view_id, w.kind, w.app_id, w.agent_class, w.agent_operator AS operator, w.agent_product AS product, w.agent_proof AS proof,
    split_part(split_part(w.page_url, '#', 1), '?', 1) AS page_url,
    CAST(w.at - to_milliseconds(z.behind_milliseconds) AS DATE) AS day,
    w.event_id, w.thousandths, w.bytes, w.microseconds
FROM seen AS w
JOIN zone_offsets AS z ON w.at >= z.valid_from AND w.at < z.valid_to
