-- One row a key that a person had in a run before and has no more, because an older identifier came to be known:
-- who has the identifier now that the old key was made of.
WITH gone AS (
    SELECT o.person_id AS old, o.key_kind, o.key_value
    FROM persons_before AS o
    WHERE NOT EXISTS (SELECT 1 FROM persons AS p WHERE p.person_id = o.person_id)
), following AS (
    SELECT i.kind, i.value, p.person_id
    FROM node_identifiers AS i
    JOIN node_persons AS p ON p.node = i.node
), renamed AS (
    SELECT g.old, f.person_id AS new
    FROM gone AS g
    JOIN following AS f ON f.kind = g.key_kind AND f.value = g.key_value
)
SELECT old, new FROM renamed
UNION
SELECT b.old, coalesce(r.new, b.new)
FROM renamed_before AS b
LEFT JOIN renamed AS r ON r.old = b.new
WHERE NOT EXISTS (SELECT 1 FROM persons AS p WHERE p.person_id = b.old)
