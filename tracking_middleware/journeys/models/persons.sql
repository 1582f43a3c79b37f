-- One row a person: the key, the user_id (NULL where none is known; the first of several that a transaction
-- joined), and how much they did when.
WITH done AS (
    SELECT
        person_number, min(first_at) AS first_at, max(last_at) AS last_at, CAST(sum(events) AS BIGINT) AS events
    FROM owners
    WHERE person_number IS NOT NULL
    GROUP BY person_number
), named AS (
    SELECT
        person_id, value,
        row_number() OVER (PARTITION BY person_id ORDER BY valid_from, value) AS place
    FROM person_identifiers
    WHERE kind = 'user_id'
)
SELECT k.person_id, n.value AS user_id, d.first_at, d.last_at, d.events, k.key_kind, k.key_value
FROM done AS d
JOIN person_keys AS k ON k.person_number = d.person_number
LEFT JOIN named AS n ON n.person_id = k.person_id AND n.place = 1
