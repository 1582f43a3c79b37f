-- One row an event of a server's that says itself who read: by the entity that the middleware attaches where it is to tell
-- of agents. A class or a proof that there is none of counts as not said.
WITH opened AS (
    SELECT
        t.event_id,
        list_filter(
            from_json(t.contexts, '{"data":[{"schema":"VARCHAR","data":
                {"agent_class":"VARCHAR","operator":"VARCHAR","product":"VARCHAR","proof":"VARCHAR"}}]}').data,
            lambda e: starts_with(e.schema, 'iglu:org.tracking_middleware/agent/jsonschema/1-')
        )[1].data AS agent
    FROM (
        SELECT s.event_id, s.contexts
        FROM staged_events AS s
        WHERE s.problem IS NULL AND s.platform = 'srv'
            AND strpos(s.contexts, 'org.tracking_middleware/agent/jsonschema/1-') > 0
            AND NOT EXISTS (SELECT 1 FROM repeated_ids AS i WHERE i.event_id = s.event_id)
        UNION ALL
        SELECT r.event_id, r.contexts
        FROM repeated_events AS r
        WHERE r.place = 1 AND r.platform = 'srv'
            AND strpos(r.contexts, 'org.tracking_middleware/agent/jsonschema/1-') > 0
    ) AS t
)
SELECT
    event_id,
    o.agent.agent_class AS agent_class,
    o.agent.operator AS operator,
    o.agent.product AS product,
    o.agent.proof AS proof
FROM opened AS o
WHERE o.agent.agent_class IN (
        'person', 'search', 'ai_training', 'ai_search', 'ai_assistant', 'preview', 'monitor', 'tool', 'other_bot', 'unknown'
    )
    AND o.agent.proof IN ('signed', 'address', 'declared', 'guessed', 'impostor')
