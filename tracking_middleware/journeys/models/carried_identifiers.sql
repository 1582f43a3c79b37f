-- One row an event: the identifiers it came with. ``network_userid`` is there only where a server sent it as tnuid: what
-- a collector makes up is nobody's.
WITH sent AS (
    SELECT DISTINCT network_userid
    FROM events
    WHERE platform = 'srv' AND starts_with(v_tracker, 'tracking-middleware-')
      AND network_userid <> '00000000-0000-0000-0000-000000000000'
)
SELECT
    e.event_id, coalesce(e.derived_tstamp, e.collector_tstamp) AS moment, e.side, e.event, e.page_url, e.web_page_key,
    CASE WHEN e.side = 'off_browser' THEN 1 ELSE 0 END AS is_off_browser,
    coalesce(e.user_id, '') AS user_id,
    coalesce(e.domain_userid, '') AS domain_userid,
    coalesce(s.network_userid, '') AS network_userid,
    coalesce(e.domain_sessionid, '') AS domain_sessionid,
    coalesce(c.token, '') AS token,
    coalesce(c.token_domain_userid, '') AS token_domain_userid,
    coalesce(c.token_sessionid, '') AS token_sessionid,
    coalesce(t.transaction_id, '') AS transaction_id
FROM opened_events AS e
LEFT JOIN sent AS s ON s.network_userid = e.network_userid
LEFT JOIN event_crossings AS c ON c.event_id = e.event_id
LEFT JOIN event_transactions AS t ON t.event_id = e.event_id
