-- One row an event: its ids, and what else is needed to join it; entities are looked into here and nowhere else.
-- ``network_userid`` is there only where a server sent it as tnuid: what a collector makes up is nobody's.
WITH sent AS (
    SELECT DISTINCT network_userid
    FROM events
    WHERE platform = 'srv' AND starts_with(v_tracker, 'tracking-middleware-')
      AND network_userid <> '00000000-0000-0000-0000-000000000000'
), opened AS (
    SELECT
        event_id, coalesce(derived_tstamp, collector_tstamp) AS moment, side, event, user_id,
        domain_userid, domain_sessionid, network_userid,
        CASE WHEN event IN ('page_view', 'page_ping') THEN page_url END AS url,
        CASE WHEN strpos(contexts, '/web_page/jsonschema/1-') > 0 THEN list_filter(
            from_json(contexts, '{"data":[{"schema":"VARCHAR","data":{"id":"VARCHAR"}}]}').data,
            lambda e: starts_with(e.schema, 'iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-')
        )[1].data.id END AS web_page_id,
        CASE
            WHEN strpos(contexts, '/cross_navigation/jsonschema/1-') > 0 THEN contexts
            WHEN strpos(derived_contexts, '/cross_navigation/jsonschema/1-') > 0 THEN derived_contexts
        END AS crossed
    FROM events
), looked AS (
    SELECT
        *,
        CASE WHEN crossed IS NOT NULL THEN list_filter(
            from_json(crossed, '{"data":[{"schema":"VARCHAR","data":
                {"domain_user_id":"VARCHAR","timestamp":"VARCHAR","session_id":"VARCHAR"}}]}').data,
            lambda e: starts_with(e.schema, 'iglu:com.snowplowanalytics.snowplow/cross_navigation/jsonschema/1-')
        )[1].data END AS crossing
    FROM opened
)
SELECT
    l.event_id, l.moment, l.side, l.event, l.user_id, l.domain_userid, l.domain_sessionid,
    sent.network_userid,
    l.web_page_id,
    l.crossing.domain_user_id || '.' || l.crossing.timestamp AS token,
    l.crossing.domain_user_id AS token_domain_userid,
    l.crossing.session_id AS token_sessionid,
    t.transaction_id,
    p.page_key
FROM looked AS l
LEFT JOIN sent ON sent.network_userid = l.network_userid
LEFT JOIN event_transactions AS t ON t.event_id = l.event_id
LEFT JOIN page_keys AS p ON p.url = l.url
