-- One row an event that tells where somebody came from: the token that was handed on, the domain_userid and the
-- session it was made in. An agent that loads a link with a token, such as for a preview, is not who it was made for.
WITH crossed AS (
    SELECT
        event_id,
        CASE WHEN strpos(contexts, '/cross_navigation/jsonschema/1-') > 0 THEN contexts ELSE derived_contexts END
            AS contexts
    FROM events
    WHERE (
            strpos(contexts, '/cross_navigation/jsonschema/1-') > 0
            OR strpos(derived_contexts, '/cross_navigation/jsonschema/1-') > 0
        )
        AND (side = 'off_browser' OR agent_class IS NULL OR agent_class IN ('person', 'unknown'))
), opened AS (
    SELECT
        event_id,
        list_filter(
            from_json(contexts, '{"data":[{"schema":"VARCHAR","data":
                {"domain_user_id":"VARCHAR","timestamp":"VARCHAR","session_id":"VARCHAR"}}]}').data,
            lambda e: starts_with(e.schema, 'iglu:com.snowplowanalytics.snowplow/cross_navigation/jsonschema/1-')
        )[1].data AS crossing
    FROM crossed
)
SELECT
    event_id,
    o.crossing.domain_user_id || '.' || o.crossing.timestamp AS token,
    o.crossing.domain_user_id AS token_domain_userid,
    o.crossing.session_id AS token_sessionid
FROM opened AS o
WHERE o.crossing IS NOT NULL
