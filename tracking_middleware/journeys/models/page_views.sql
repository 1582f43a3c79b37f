-- One row a page that somebody saw, told of by the browser, by the server, or by both. Its URL, title, referrer and
-- campaign are the browser's where there is one, else the server's; the entities of both sides stand beside.
SELECT
    v.page_view_id,
    coalesce(b.person_id, v.person_id) AS person_id,
    coalesce(b.session_id, v.session_id) AS session_id,
    v.seen_by, v.moment AS at,
    e.page_url, e.page_title, e.page_referrer, e.refr_medium, e.refr_source,
    e.mkt_medium, e.mkt_source, e.mkt_term, e.mkt_content, e.mkt_campaign, e.br_family, e.agent_class,
    v.server_event_id, v.browser_event_id,
    coalesce(a.engaged_seconds, 0) AS engaged_seconds,
    a.scroll_share
FROM paired_views AS v
JOIN events AS e ON e.event_id = v.main_event_id
LEFT JOIN page_view_events AS b ON b.event_id = v.browser_event_id
LEFT JOIN attention AS a ON a.browser_event_id = v.browser_event_id
