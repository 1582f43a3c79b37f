-- One row an event that names anybody: whose it is, in which session, and what says so. An analyst may leave out
-- whatever ``how`` is too weak for the question.
SELECT event_id, person_id, session_id, how
FROM owned_events
WHERE person_id IS NOT NULL
