-- One row an event: its keys, and its person where it names anybody, or a page's id does.
SELECT
    e.event_number, e.event_id, e.moment, e.side, e.page_event, e.page_number, e.web_page_key,
    o.person_number, o.session_number, o.device_number, o.link_number
FROM placed_events AS e
LEFT JOIN witnessed_events AS w ON w.event_number = e.event_number
JOIN owners AS o ON o.link_number = coalesce(w.link_number, e.link_number)
