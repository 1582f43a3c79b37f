-- One row a ``web_page`` id that both sides gave to page views: how many of each, and the first of each.
SELECT
    web_page_key,
    count(CASE WHEN side = 'server' THEN 1 END) AS servers,
    count(CASE WHEN side = 'browser' THEN 1 END) AS browsers,
    min(CASE WHEN side = 'server' THEN event_number END) AS first_server,
    min(CASE WHEN side = 'browser' THEN event_number END) AS first_browser
FROM event_keys
WHERE web_page_key IS NOT NULL AND page_event = 'page_view' AND side IN ('browser', 'server')
GROUP BY web_page_key
HAVING min(side) <> max(side)
