-- One row a pair of states as in the table before, for twice as many steps: chances multiplied by themselves, and the
-- visits of the first half with those of the second. Sixteen times that is 65 536 steps, longer than any path.
SELECT
    a.from_state, b.to_state,
    CAST(sum(a.power * b.power) AS DECIMAL(18,17)) AS power,
    CAST(sum(CASE WHEN a.to_state = a.from_state THEN b.visits ELSE CAST(0 AS DECIMAL(18,13)) END)
        + sum(a.power * b.visits) AS DECIMAL(18,13)) AS visits
FROM path_powers_before AS a
JOIN path_powers_before AS b ON b.from_state = a.to_state
GROUP BY a.from_state, b.to_state
