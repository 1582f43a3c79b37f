-- One row an event of somebody's: whose it is, in which session, and what says so. An analyst may leave out whatever
-- ``how`` is too weak for the question.
WITH told AS (
    SELECT o.link_number, k.person_id, o.session_id, o.how
    FROM owners AS o
    JOIN person_keys AS k ON k.person_number = o.person_number
)
SELECT CAST(e.event_id AS VARCHAR) AS event_id, t.person_id, t.session_id, t.how
FROM owned_events AS e
JOIN told AS t ON t.link_number = e.link_number
