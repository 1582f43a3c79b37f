-- One row a set of identifiers in a session: the tracker's own id first, else that of a session its events fall into.
-- An event off the browser has a session only where it names one. The number is that of the set where the session
-- is the tracker's, or there is none.
WITH fallen AS (
    SELECT DISTINCT set_number, session_id FROM fallen_events
), numbered AS (
    SELECT f.set_number, f.session_id, m.most + row_number() OVER () AS link_number
    FROM fallen AS f
    CROSS JOIN (SELECT max(set_number) AS most FROM identifier_sets) AS m
)
SELECT set_number, nullif(domain_sessionid, '') AS session_id, set_number AS link_number FROM identifier_sets
UNION ALL
SELECT set_number, session_id, link_number FROM numbered
