-- One row a node of the graph of persons, with the key of its person: that of the person's oldest identifier,
-- in the order of their kinds and values where two are as old. So the same data give the same keys.
WITH labelled AS (
    SELECT n.*, coalesce(c.label, n.node) AS label
    FROM node_identifiers AS n
    LEFT JOIN person_components AS c ON c.node = n.node
), oldest AS (
    SELECT
        label, kind, value,
        row_number() OVER (PARTITION BY label ORDER BY first_at, kind, value) AS place
    FROM labelled
)
SELECT DISTINCT l.node, md5(o.kind || ':' || o.value) AS person_id, o.kind AS key_kind, o.value AS key_value
FROM labelled AS l
JOIN oldest AS o ON o.label = l.label AND o.place = 1
