-- One row a person: the key, the user_id (NULL where none is known; the first of several that a transaction
-- joined), and how much they did when.
WITH done AS (
    SELECT o.person_id, min(o.moment) AS first_at, max(o.moment) AS last_at, count(*) AS events
    FROM owned_events AS o
    WHERE o.person_id IS NOT NULL
    GROUP BY o.person_id
), named AS (
    SELECT
        person_id, value,
        row_number() OVER (PARTITION BY person_id ORDER BY valid_from, value) AS place
    FROM person_identifiers
    WHERE kind = 'user_id'
), keyed AS (
    SELECT DISTINCT person_id, key_kind, key_value FROM node_persons
)
SELECT d.person_id, n.value AS user_id, d.first_at, d.last_at, d.events, k.key_kind, k.key_value
FROM done AS d
JOIN keyed AS k ON k.person_id = d.person_id
LEFT JOIN named AS n ON n.person_id = d.person_id AND n.place = 1
