-- One row an event that lets go of an identifier, because two are to be kept apart: which. Of two on one event, or in
-- one session of the tracker's, the device stays, and of two devices the cookie of the site; where neither is a
-- device, neither stays. A transaction or a network_userid that both were seen with stays with neither.
WITH met AS (
    SELECT DISTINCT c.event_id, c.carrier
    FROM carried AS c
    JOIN apart AS a ON a.kind = c.kind AND a.value = c.value
    JOIN carried AS o ON o.place = c.place AND o.kind = a.other_kind AND o.value = a.other_value
    WHERE c.rank = 4 OR c.rank > o.rank
), beside AS (
    SELECT c.event_id, c.kind, c.value, t.carrier, t.value AS third
    FROM carried AS c
    JOIN (
        SELECT event_id, 'transaction' AS carrier, transaction_id AS value
        FROM carried_identifiers WHERE transaction_id <> ''
        UNION ALL
        SELECT event_id, 'network_userid', network_userid FROM carried_identifiers WHERE network_userid <> ''
    ) AS t ON t.event_id = c.event_id
    LEFT JOIN met AS m ON m.event_id = c.event_id AND m.carrier = c.carrier
    LEFT JOIN met AS n ON n.event_id = c.event_id AND n.carrier = t.carrier
    WHERE m.event_id IS NULL AND n.event_id IS NULL AND c.carrier <> t.carrier
), seen AS (
    SELECT DISTINCT kind, value, carrier, third FROM beside
), joining AS (
    SELECT s.kind, s.value, s.carrier, s.third
    FROM seen AS s
    JOIN apart AS a ON a.kind = s.kind AND a.value = s.value
    JOIN seen AS o ON o.kind = a.other_kind AND o.value = a.other_value
        AND o.carrier = s.carrier AND o.third = s.third
), gone AS (
    SELECT event_id, carrier FROM met
    UNION ALL
    SELECT b.event_id, b.carrier
    FROM beside AS b
    JOIN joining AS j ON j.kind = b.kind AND j.value = b.value AND j.carrier = b.carrier AND j.third = b.third
)
SELECT
    event_id,
    max(CASE WHEN carrier = 'user_id' THEN 1 ELSE 0 END) AS of_user_id,
    max(CASE WHEN carrier = 'network_userid' THEN 1 ELSE 0 END) AS of_network_userid,
    max(CASE WHEN carrier = 'token' THEN 1 ELSE 0 END) AS of_token,
    max(CASE WHEN carrier = 'transaction' THEN 1 ELSE 0 END) AS of_transaction
FROM gone
GROUP BY event_id
