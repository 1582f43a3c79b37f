-- One row a page view of an agent's: what read which page, on which day of the time zone that is named, and the event whose
-- entities say the article (the server's where it says one, else the browser's).
SELECT
    v.page_view_id, v.agent_class, v.agent_operator AS operator, v.agent_product AS product, v.agent_proof AS proof,
    split_part(split_part(v.page_url, '#', 1), '?', 1) AS page_url,
    CAST(v.at - to_milliseconds(z.behind_milliseconds) AS DATE) AS day,
    CASE WHEN s.event_id IS NOT NULL THEN v.server_event_id ELSE v.browser_event_id END AS event_id
FROM page_views AS v
JOIN zone_offsets AS z ON v.at >= z.valid_from AND v.at < z.valid_to
LEFT JOIN (
    SELECT DISTINCT f.event_id FROM event_fields AS f WHERE f.topic = 'article' AND f.kind = 'id'
) AS s ON s.event_id = v.server_event_id
WHERE v.agent_class NOT IN ('person', 'unknown')
