-- One row an agent (its class, operator and product, NULL where they are not known, and how sure that is) and a day of the
-- time zone that is named: how many page views it had, of which so many are ``tracked``, and what they took by those of
-- the tracked that say so (``bytes_measured``, ``seconds_measured``): NULL where none does. Bytes stop at 2^53 - 1.
SELECT
    v.agent_class, v.operator, v.product, v.proof, v.day, a.timezone,
    CAST((CAST(sum(v.thousandths) AS BIGINT) + 500) // 1000 AS BIGINT) AS reads, CAST(count(*) AS BIGINT) AS tracked,
    CAST(CASE
        WHEN sum(v.bytes) > CAST(9007199254740991 AS DOUBLE) THEN CAST(9007199254740991 AS DOUBLE) ELSE sum(v.bytes)
    END AS BIGINT) AS bytes,
    CAST(count(v.bytes) AS BIGINT) AS bytes_measured,
    sum(v.microseconds) / CAST(1000000 AS DOUBLE) AS seconds,
    CAST(count(v.microseconds) AS BIGINT) AS seconds_measured
FROM agent_views AS v
CROSS JOIN answer_settings AS a
WHERE v.kind = 'page'
GROUP BY v.agent_class, v.operator, v.product, v.proof, v.day, a.timezone
