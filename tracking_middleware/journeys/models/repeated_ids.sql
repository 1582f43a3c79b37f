-- One row an event_id that came more than once.
SELECT event_id
FROM staged_events
WHERE problem IS NULL
GROUP BY event_id
HAVING count(*) > 1
