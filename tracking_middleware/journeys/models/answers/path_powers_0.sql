-- One row a pair of states that are no end: how likely the one follows the other at once (``power``), and how often the
-- other is visited from the one on within no step (``visits``).
WITH states AS (
    SELECT from_state AS state FROM path_steps
    UNION
    SELECT to_state FROM path_steps WHERE to_state NOT IN ('(conversion)', '(nothing)')
)
SELECT
    a.state AS from_state, b.state AS to_state,
    coalesce(c.chance, CAST(0 AS DECIMAL(18,17))) AS power,
    CAST(CASE WHEN a.state = b.state THEN 1 ELSE 0 END AS DECIMAL(18,13)) AS visits
FROM states AS a
CROSS JOIN states AS b
LEFT JOIN path_chances AS c ON c.from_state = a.state AND c.to_state = b.state
