-- One row a session, with a number.
SELECT session_id, row_number() OVER () AS session_number
FROM (SELECT DISTINCT session_id FROM links WHERE session_id IS NOT NULL) AS s
