-- One row an article (NULL where the page says none) on a page, an agent and a day: how many page views the agent had of it;
-- or, by its ``kind``, a file made for agents: how often the agent asked for it; and what that took, as ``agents`` has it.
-- A view of a page with several articles counts for each, so that rows do not add up to ``agents``.
WITH said AS (
    SELECT f.event_id, f.number, min(f.value) AS article_id
    FROM event_fields AS f
    WHERE f.topic = 'article' AND f.kind = 'id'
    GROUP BY f.event_id, f.number
), articles AS (
    SELECT DISTINCT event_id, article_id FROM said
)
SELECT
    v.kind, r.article_id, v.page_url, v.agent_class, v.operator, v.product, v.proof, v.day, a.timezone,
    CAST((CAST(sum(v.thousandths) AS BIGINT) + 500) // 1000 AS BIGINT) AS reads, CAST(count(*) AS BIGINT) AS tracked,
    CAST(CASE
        WHEN sum(v.bytes) > CAST(9007199254740991 AS DOUBLE) THEN CAST(9007199254740991 AS DOUBLE) ELSE sum(v.bytes)
    END AS BIGINT) AS bytes,
    CAST(count(v.bytes) AS BIGINT) AS bytes_measured,
    sum(v.microseconds) / CAST(1000000 AS DOUBLE) AS seconds,
    CAST(count(v.microseconds) AS BIGINT) AS seconds_measured
FROM agent_views AS v
CROSS JOIN answer_settings AS a
LEFT JOIN articles AS r ON r.event_id = v.event_id
GROUP BY v.kind, r.article_id, v.page_url, v.agent_class, v.operator, v.product, v.proof, v.day, a.timezone
