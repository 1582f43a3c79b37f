-- One row an event, with the key of its page's ``web_page`` id; entities of all events are looked into here, and but for
-- what ``event_crossings`` and ``event_transactions`` look for nowhere else.
WITH opened AS (
    SELECT
        e.event_id, e.collector_tstamp, e.derived_tstamp, e.side, e.event, e.page_url,
        e.user_id, e.domain_userid, e.network_userid, e.domain_sessionid,
        CASE WHEN strpos(e.contexts, '/web_page/jsonschema/1-') > 0 THEN list_filter(
            from_json(e.contexts, '{"data":[{"schema":"VARCHAR","data":{"id":"VARCHAR"}}]}').data,
            lambda e: starts_with(e.schema, 'iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-')
        )[1].data.id END AS web_page_id
    FROM events AS e
)
SELECT
    event_id, collector_tstamp, derived_tstamp, side, event, page_url,
    user_id, domain_userid, network_userid, domain_sessionid,
    CAST(md5(web_page_id) AS UUID) AS web_page_key
FROM opened
