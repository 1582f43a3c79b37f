-- One row a page view of an agent's that says which share of agents' requests is tracked, and an event that an agent asked
-- for a file made for it (robots, llms, a sitemap, a feed): how many reads it stands for, in thousandths.
WITH opened AS (
    SELECT
        e.event_id, e.event, e.se_action AS kind, e.app_id, e.page_url, coalesce(e.derived_tstamp, e.collector_tstamp) AS moment,
        e.agent_class, e.agent_operator, e.agent_product, e.agent_proof,
        list_filter(
            from_json(e.contexts, '{"data":[{"schema":"VARCHAR","data":{"agent_class":"VARCHAR","rate":"VARCHAR"}}]}').data,
            lambda e: starts_with(e.schema, 'iglu:org.tracking_middleware/agent/jsonschema/1-')
        )[1].data AS agent
    FROM events AS e
    WHERE e.platform = 'srv' AND e.agent_class NOT IN ('person', 'unknown')
        AND strpos(e.contexts, 'org.tracking_middleware/agent/jsonschema/1-') > 0
        AND (
            (e.event = 'page_view' AND strpos(e.contexts, '"rate"') > 0)
            OR (e.event = 'struct' AND e.se_category = 'agent' AND e.se_action IN ('robots', 'llms', 'sitemap', 'feed'))
        )
), told AS (
    SELECT
        o.event_id, o.event, o.kind, o.app_id, o.page_url, o.moment,
        o.agent_class, o.agent_operator, o.agent_product, o.agent_proof,
        o.agent.agent_class AS said_class, o.agent.rate AS rate
    FROM opened AS o
), read_as_number AS (
    SELECT
        event_id, event, kind, app_id, page_url, moment, agent_class, agent_operator, agent_product, agent_proof,
        CASE
            WHEN regexp_matches(rate, '^[0-9][.][0-9]{1,17}$') OR regexp_matches(rate, '^[1-9]([.][0-9]{1,17})?[eE]-0?[1-6]$')
                THEN CAST(rate AS DOUBLE)
        END AS rate
    FROM told
    WHERE said_class = agent_class
)
SELECT
    event_id, event, kind, app_id, page_url, moment, agent_class, agent_operator, agent_product, agent_proof,
    CASE
        WHEN rate >= CAST(0.000001 AS DOUBLE) AND rate < CAST(1 AS DOUBLE)
            THEN CAST(floor(CAST(1000 AS DOUBLE) / rate + CAST(0.5 AS DOUBLE)) AS BIGINT)
        ELSE 1000
    END AS thousandths
FROM read_as_number
