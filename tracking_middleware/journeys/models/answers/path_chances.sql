-- One row a step and how likely it is from its state: a decimal with 16 places, so that it is the same on every engine.
WITH totals AS (
    SELECT p.from_state, p.to_state, p.steps, sum(p.steps) OVER (PARTITION BY p.from_state) AS of_all
    FROM path_steps AS p
), divided AS (
    SELECT
        from_state, to_state,
        CAST(steps AS BIGINT) * 100000000 // CAST(of_all AS BIGINT) AS high,
        CAST(steps AS BIGINT) * 100000000 % CAST(of_all AS BIGINT) * 100000000 // CAST(of_all AS BIGINT) AS low
    FROM totals
)
SELECT
    from_state, to_state,
    CAST((CAST(high * 100000000 + low AS DECIMAL(18,0)) * CAST('0.0000000000000001' AS DECIMAL(17,16))) AS DECIMAL(18,17))
        AS chance
FROM divided
