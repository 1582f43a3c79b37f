-- One row an event that is a page view of the browser or of the server.
SELECT
    event_number, event_id, side, person_number, session_number, device_number, moment, page_number, web_page_key
FROM owned_events
WHERE page_event = 'page_view' AND side IN ('browser', 'server')
