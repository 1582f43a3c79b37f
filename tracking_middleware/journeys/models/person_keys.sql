-- One row a person, by the label of their component: the key is that of the person's oldest identifier, in the order
-- of their kinds and values where two are as old. So the same data give the same keys.
WITH ordered AS (
    SELECT
        label, kind, value,
        row_number() OVER (PARTITION BY label ORDER BY first_at, kind, value) AS place
    FROM node_labels
)
SELECT
    label, md5(kind || ':' || value) AS person_id, kind AS key_kind, value AS key_value,
    row_number() OVER () AS person_number
FROM ordered
WHERE place = 1
