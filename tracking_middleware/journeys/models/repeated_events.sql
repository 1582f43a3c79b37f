-- One row an event that came more than once, with its place among those of the same event_id: 1 is kept.
-- The order is one of the content, so that it does not matter which was read first.
SELECT
    e.*,
    row_number() OVER (
        PARTITION BY e.event_id
        ORDER BY
            e.collector_tstamp, e.dvce_sent_tstamp, e.derived_tstamp, e.dvce_created_tstamp, e.platform, e.event,
            e.user_id, e.domain_userid, e.domain_sessionid, e.page_url, e.contexts, e.unstruct_event, e.useragent,
            e.derived_contexts, e.source, e.line
    ) AS place
FROM staged_events AS e
WHERE e.problem IS NULL
  AND e.event_id IN (SELECT r.event_id FROM repeated_ids AS r)
