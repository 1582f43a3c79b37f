-- One row a page view: the entities that each side attached, as self-describing JSON.
SELECT v.page_view_id, s.contexts AS server_contexts, b.contexts AS browser_contexts
FROM page_views AS v
LEFT JOIN events AS s ON s.event_id = v.server_event_id
LEFT JOIN events AS b ON b.event_id = v.browser_event_id
