-- One row an event: its ids, and what else is needed to join it; entities are looked into here and nowhere else.
-- ``network_userid`` is there only where a server sent it as tnuid: what a collector makes up is nobody's.
-- ``page_key`` is the page's URL without its fragment, its parameters in order.
WITH sent AS (
    SELECT DISTINCT network_userid
    FROM events
    WHERE platform = 'srv' AND starts_with(v_tracker, 'tracking-middleware-')
      AND network_userid <> '00000000-0000-0000-0000-000000000000'
), opened AS (
    SELECT
        event_id, coalesce(derived_tstamp, collector_tstamp) AS moment, side, event, user_id,
        domain_userid, domain_sessionid, network_userid,
        CASE WHEN event IN ('page_view', 'page_ping') THEN split_part(page_url, '#', 1) END AS url,
        CASE WHEN strpos(contexts, '/web_page/jsonschema/') > 0
                OR strpos(contexts, '/cross_navigation/jsonschema/') > 0
            THEN from_json(contexts, '{"data":[{"schema":"VARCHAR","data":"JSON"}]}').data END AS entities,
        CASE WHEN strpos(derived_contexts, '/cross_navigation/jsonschema/') > 0
            THEN from_json(derived_contexts, '{"data":[{"schema":"VARCHAR","data":"JSON"}]}').data END AS derived
    FROM events
), looked AS (
    SELECT
        *,
        list_filter(entities, lambda e: starts_with(
            e.schema, 'iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-'))[1].data AS web_page,
        list_filter(coalesce(list_concat(entities, derived), entities, derived), lambda e: starts_with(
            e.schema, 'iglu:com.snowplowanalytics.snowplow/cross_navigation/jsonschema/1-'))[1].data AS crossing
    FROM opened
)
SELECT
    l.event_id, l.moment, l.side, l.event, l.user_id, l.domain_userid, l.domain_sessionid,
    sent.network_userid,
    json_extract_string(l.web_page, '$.id') AS web_page_id,
    json_extract_string(l.crossing, '$.domain_user_id') || '.' || json_extract_string(l.crossing, '$.timestamp')
        AS token,
    json_extract_string(l.crossing, '$.domain_user_id') AS token_domain_userid,
    json_extract_string(l.crossing, '$.session_id') AS token_sessionid,
    t.transaction_id,
    CASE
        WHEN strpos(l.url, '?') = 0 THEN l.url
        WHEN l.url IS NOT NULL THEN split_part(l.url, '?', 1) || '?'
            || array_to_string(list_sort(string_split(substr(l.url, strpos(l.url, '?') + 1), '&')), '&')
    END AS page_key
FROM looked AS l
LEFT JOIN sent ON sent.network_userid = l.network_userid
LEFT JOIN event_transactions AS t ON t.event_id = l.event_id
