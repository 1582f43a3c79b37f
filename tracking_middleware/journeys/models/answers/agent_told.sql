-- One row a page view of an agent's whose server's event says so itself, and an event that an agent asked for a file made
-- for it (robots, llms, a sitemap, a feed): how many reads it stands for, in thousandths, and what these took: ``bytes`` and
-- ``microseconds``, whole numbers, so that a sum is the same in any order. NULL where what it says is no such number: fewer
-- than 10^12 bytes, fewer than 10^6 seconds.
WITH opened AS (
    SELECT
        e.event_id, e.event, e.se_action AS kind, e.app_id, e.page_url, coalesce(e.derived_tstamp, e.collector_tstamp) AS moment,
        e.agent_class, e.agent_operator, e.agent_product, e.agent_proof,
        list_filter(
            from_json(e.contexts, '{"data":[{"schema":"VARCHAR","data":
                {"agent_class":"VARCHAR","rate":"VARCHAR","bytes":"VARCHAR","seconds":"VARCHAR"}}]}').data,
            lambda e: starts_with(e.schema, 'iglu:org.tracking_middleware/agent/jsonschema/1-')
        )[1].data AS agent
    FROM events AS e
    WHERE e.platform = 'srv' AND e.agent_class NOT IN ('person', 'unknown')
        AND strpos(e.contexts, 'org.tracking_middleware/agent/jsonschema/1-') > 0
        AND (
            e.event = 'page_view'
            OR (e.event = 'struct' AND e.se_category = 'agent' AND e.se_action IN ('robots', 'llms', 'sitemap', 'feed'))
        )
), told AS (
    SELECT
        o.event_id, o.event, o.kind, o.app_id, o.page_url, o.moment,
        o.agent_class, o.agent_operator, o.agent_product, o.agent_proof,
        o.agent.agent_class AS said_class, o.agent.rate AS rate, o.agent.bytes AS bytes, o.agent.seconds AS seconds
    FROM opened AS o
), read_as_number AS (
    SELECT
        event_id, event, kind, app_id, page_url, moment, agent_class, agent_operator, agent_product, agent_proof,
        CASE
            WHEN regexp_matches(rate, '^[0-9][.][0-9]{1,17}$') OR regexp_matches(rate, '^[1-9]([.][0-9]{1,17})?[eE]-0?[1-6]$')
                THEN CAST(rate AS DOUBLE)
        END AS rate,
        CASE WHEN regexp_matches(bytes, '^[0-9]{1,12}([.]0)?$') THEN CAST(bytes AS DOUBLE) END AS bytes,
        CASE
            WHEN regexp_matches(seconds, '^[0-9]{1,6}([.][0-9]{1,40})?$')
                OR regexp_matches(seconds, '^[0-9]([.][0-9]{1,17})?[eE]-[0-9]{1,2}$')
                THEN CAST(seconds AS DOUBLE)
        END AS seconds
    FROM told
    WHERE said_class = agent_class
), counted AS (
    SELECT
        event_id, event, kind, app_id, page_url, moment, agent_class, agent_operator, agent_product, agent_proof, bytes, seconds,
        CASE
            WHEN rate >= CAST(0.000001 AS DOUBLE) AND rate < CAST(1 AS DOUBLE)
                THEN CAST(floor(CAST(1000 AS DOUBLE) / rate + CAST(0.5 AS DOUBLE)) AS BIGINT)
            ELSE 1000
        END AS thousandths
    FROM read_as_number
)
SELECT
    event_id, event, kind, app_id, page_url, moment, agent_class, agent_operator, agent_product, agent_proof, thousandths,
    CAST(floor(bytes * CAST(thousandths AS DOUBLE) / CAST(1000 AS DOUBLE) + CAST(0.5 AS DOUBLE)) AS DOUBLE) AS bytes,
    CAST(floor(seconds * CAST(thousandths AS DOUBLE) * CAST(1000 AS DOUBLE) + CAST(0.5 AS DOUBLE)) AS DOUBLE) AS microseconds
FROM counted
