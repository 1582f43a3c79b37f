-- One row a session: the tracker's own, or one that events without one make. Its person is that of the first event
-- with a user_id of its own, else of its first event.
WITH happened AS (
    SELECT
        session_number, min(first_at) AS started_at, max(last_at) AS ended_at, CAST(sum(events) AS BIGINT) AS events,
        min(CASE WHEN how = 'user_id' THEN 0 ELSE 1000000000000000 END + first_number) % 1000000000000000
            AS owner_number
    FROM owners
    WHERE session_number IS NOT NULL AND is_off_browser = 0 AND person_number IS NOT NULL
    GROUP BY session_number
), owned AS (
    SELECT h.*, k.session_id, p.person_id
    FROM happened AS h
    JOIN session_keys AS k ON k.session_number = h.session_number
    JOIN owners AS l ON l.first_number = h.owner_number
    JOIN person_keys AS p ON p.person_number = l.person_number
), viewed AS (
    SELECT
        v.session_number, count(*) AS page_views,
        count(CASE WHEN v.seen_by = 'browser' THEN 1 END) AS page_views_browser,
        count(CASE WHEN v.seen_by = 'server' THEN 1 END) AS page_views_server,
        count(CASE WHEN v.seen_by = 'both' THEN 1 END) AS page_views_both,
        CAST(sum(coalesce(a.engaged_seconds, 0)) AS BIGINT) AS engaged_seconds,
        min(v.view_number) AS entry_number,
        max(v.view_number) AS exit_number
    FROM paired_views AS v
    LEFT JOIN attention AS a ON a.browser_number = v.browser_number
    WHERE v.session_number IS NOT NULL
    GROUP BY v.session_number
), ends AS (
    SELECT v.*, CAST(n.event_id AS VARCHAR) AS entry_id, CAST(x.event_id AS VARCHAR) AS exit_id
    FROM viewed AS v
    JOIN page_view_events AS n ON n.event_number = v.entry_number
    JOIN page_view_events AS x ON x.event_number = v.exit_number
)
SELECT
    h.session_id, h.person_id, h.started_at, h.ended_at,
    date_diff('second', h.started_at, h.ended_at) AS duration_seconds, h.events,
    coalesce(v.page_views, 0) AS page_views,
    coalesce(v.page_views_browser, 0) AS page_views_browser,
    coalesce(v.page_views_server, 0) AS page_views_server,
    coalesce(v.page_views_both, 0) AS page_views_both,
    coalesce(v.engaged_seconds, 0) AS engaged_seconds,
    entry.page_url AS entry_url, last.page_url AS exit_url,
    entry.page_referrer, entry.refr_medium, entry.refr_source,
    entry.mkt_medium, entry.mkt_source, entry.mkt_campaign
FROM owned AS h
LEFT JOIN ends AS v ON v.session_number = h.session_number
LEFT JOIN page_views AS entry ON entry.page_view_id = v.entry_id
LEFT JOIN page_views AS last ON last.page_view_id = v.exit_id
