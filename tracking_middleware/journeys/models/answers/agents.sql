-- One row an agent (its class, operator and product, NULL where they are not known, and how sure that is) and a day of the
-- time zone that is named: how many page views it had, of which so many are ``tracked``.
SELECT
    v.agent_class, v.operator, v.product, v.proof, v.day, a.timezone,
    CAST((CAST(sum(v.thousandths) AS BIGINT) + 500) // 1000 AS BIGINT) AS reads, CAST(count(*) AS BIGINT) AS tracked
FROM agent_views AS v
CROSS JOIN answer_settings AS a
WHERE v.kind = 'page'
GROUP BY v.agent_class, v.operator, v.product, v.proof, v.day, a.timezone
