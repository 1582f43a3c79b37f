-- One row a session: the tracker's own, or one that events without one make. Its person is that of the first event
-- with a user_id of its own, else of its first event.
WITH happened AS (
    SELECT
        session_id, min(moment) AS started_at, max(moment) AS ended_at, count(*) AS events,
        min(CASE WHEN how = 'user_id' THEN '0' ELSE '1' END || CAST(moment AS VARCHAR) || ' ' || event_id
            || person_id) AS first_owner
    FROM owned_events
    WHERE session_id IS NOT NULL AND side <> 'off_browser' AND person_id IS NOT NULL
    GROUP BY session_id
), viewed AS (
    SELECT
        session_id, count(*) AS page_views,
        count(CASE WHEN seen_by = 'browser' THEN 1 END) AS page_views_browser,
        count(CASE WHEN seen_by = 'server' THEN 1 END) AS page_views_server,
        count(CASE WHEN seen_by = 'both' THEN 1 END) AS page_views_both,
        CAST(sum(engaged_seconds) AS BIGINT) AS engaged_seconds,
        right(min(CAST(p.at AS VARCHAR) || ' ' || page_view_id), 36) AS entry_id,
        right(max(CAST(p.at AS VARCHAR) || ' ' || page_view_id), 36) AS exit_id
    FROM page_views AS p
    WHERE session_id IS NOT NULL
    GROUP BY session_id
)
SELECT
    h.session_id, right(h.first_owner, 32) AS person_id, h.started_at, h.ended_at,
    date_diff('second', h.started_at, h.ended_at) AS duration_seconds, h.events,
    coalesce(v.page_views, 0) AS page_views,
    coalesce(v.page_views_browser, 0) AS page_views_browser,
    coalesce(v.page_views_server, 0) AS page_views_server,
    coalesce(v.page_views_both, 0) AS page_views_both,
    coalesce(v.engaged_seconds, 0) AS engaged_seconds,
    entry.page_url AS entry_url, last.page_url AS exit_url,
    entry.page_referrer, entry.refr_medium, entry.refr_source,
    entry.mkt_medium, entry.mkt_source, entry.mkt_campaign
FROM happened AS h
LEFT JOIN viewed AS v ON v.session_id = h.session_id
LEFT JOIN page_views AS entry ON entry.page_view_id = v.entry_id
LEFT JOIN page_views AS last ON last.page_view_id = v.exit_id
