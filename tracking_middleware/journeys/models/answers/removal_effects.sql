-- One row a channel: how much of all conversions would be lost if whatever comes to it ended in nothing. That is how likely
-- a path comes to it (visits from the start by those from itself), times how likely it converts from there on
-- (J. G. Kemeny and J. L. Snell, Finite Markov Chains, 1960, chapter 3). In parts of 10 to the 17th of all paths.
WITH converting AS (
    SELECT v.from_state AS state, sum(v.visits * c.chance) AS chance
    FROM path_powers_16 AS v
    JOIN path_chances AS c ON c.from_state = v.to_state AND c.to_state = '(conversion)'
    GROUP BY v.from_state
)
SELECT
    n.to_state AS channel,
    CAST(floor(
        CAST(n.visits AS DOUBLE) / CAST(o.visits AS DOUBLE) * CAST(c.chance AS DOUBLE) * CAST(100000000000000000 AS DOUBLE)
    ) AS BIGINT) AS effect
FROM path_powers_16 AS n
JOIN path_powers_16 AS o ON o.from_state = n.to_state AND o.to_state = n.to_state
JOIN converting AS c ON c.state = n.to_state
WHERE n.from_state = '(start)' AND n.to_state <> '(start)'
