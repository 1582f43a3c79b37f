-- One row an event that is a page view of the browser or of the server.
SELECT event_id, side, person_id, session_id, domain_userid, moment, page_key, web_page_id
FROM owned_events
WHERE event = 'page_view' AND side IN ('browser', 'server')
