-- One row an agent (its class, operator and product, NULL where they are not known, and how sure that is) and a day of the
-- time zone that is named: how many page views it had.
SELECT
    v.agent_class, v.operator, v.product, v.proof, v.day, a.timezone, CAST(count(*) AS BIGINT) AS reads
FROM agent_views AS v
CROSS JOIN answer_settings AS a
GROUP BY v.agent_class, v.operator, v.product, v.proof, v.day, a.timezone
