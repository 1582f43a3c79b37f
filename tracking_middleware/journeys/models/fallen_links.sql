-- One row an event that falls into a session, with the number of its set in that session.
SELECT f.event_number, p.link_number
FROM fallen_events AS f
JOIN placed_sets AS p ON p.set_number = f.set_number AND p.session_id = f.session_id
