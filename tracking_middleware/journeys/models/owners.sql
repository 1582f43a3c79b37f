-- One row of ``link_persons``, and one for what a page's id joins to each: whose it is, and what says so.
SELECT
    link_number, session_number, device_number, session_id, first_at, last_at, events, first_number,
    is_off_browser, how, person_number
FROM link_persons
UNION ALL
SELECT
    w.link_number, l.session_number, l.device_number, l.session_id, min(w.moment), max(w.moment), count(*),
    min(w.event_number), 0, 'web_page', l.person_number
FROM witnessed_events AS w
JOIN link_persons AS l ON l.link_number = w.browser_link
GROUP BY w.link_number, l.session_number, l.device_number, l.session_id, l.person_number
