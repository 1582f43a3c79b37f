-- One row an event: its keys, with the session it belongs to: the tracker's own id first, else the one it falls into.
-- An event off the browser has a session only where it names one.
SELECT k.*, coalesce(k.domain_sessionid, f.session_id) AS session_id
FROM event_keys AS k
LEFT JOIN fallen_events AS f ON f.event_id = k.event_id
