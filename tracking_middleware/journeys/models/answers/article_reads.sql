-- One row an article on a page that somebody saw: which entity says so (the server's where it attached one, else the
-- browser's), and what counts of the view. Agents' views are left out.
WITH said AS (
    SELECT event_id, number, min(value) AS article_id
    FROM event_fields
    WHERE topic = 'article' AND kind = 'id'
    GROUP BY event_id, number
), speaking AS (
    SELECT DISTINCT event_id FROM said
), newest AS (
    SELECT max(w.at) AS moment FROM page_views AS w
), spoken AS (
    SELECT v.page_view_id, v.server_event_id AS event_id, 0 AS is_browser
    FROM page_views AS v
    JOIN speaking AS s ON s.event_id = v.server_event_id
    WHERE v.agent_class IS NULL OR v.agent_class IN ('person', 'unknown')
    UNION ALL
    SELECT v.page_view_id, v.browser_event_id, 1
    FROM page_views AS v
    JOIN speaking AS s ON s.event_id = v.browser_event_id
    WHERE v.agent_class IS NULL OR v.agent_class IN ('person', 'unknown')
), chosen AS (
    SELECT page_view_id, event_id
    FROM (
        SELECT o.*, row_number() OVER (PARTITION BY o.page_view_id ORDER BY o.is_browser) AS choice
        FROM spoken AS o
    ) AS ranked
    WHERE choice = 1
), placed AS (
    SELECT
        v.page_view_id, h.event_id, v.session_id, v.person_id, v.at, v.seen_by, v.engaged_seconds, v.scroll_share
    FROM page_views AS v
    JOIN chosen AS h ON h.page_view_id = v.page_view_id
), visits AS (
    SELECT DISTINCT session_id FROM placed
), entries AS (
    SELECT page_view_id
    FROM (
        SELECT
            v.page_view_id, row_number() OVER (PARTITION BY v.session_id ORDER BY v.at, v.page_view_id) AS place
        FROM page_views AS v
        JOIN visits AS w ON w.session_id = v.session_id
        WHERE v.agent_class IS NULL OR v.agent_class IN ('person', 'unknown')
    ) AS viewed
    WHERE place = 1
), readers AS (
    SELECT DISTINCT s.person_id FROM sessions AS s JOIN visits AS w ON w.session_id = s.session_id
), comings AS (
    SELECT
        s.session_id, s.started_at,
        lead(s.started_at) OVER (PARTITION BY s.person_id ORDER BY s.started_at, s.session_id) AS next_at
    FROM sessions AS s
    JOIN readers AS r ON r.person_id = s.person_id
), days AS (
    SELECT p.page_view_id, CAST(p.at - to_milliseconds(z.behind_milliseconds) AS DATE) AS day
    FROM placed AS p
    CROSS JOIN zone_offsets AS z
    WHERE p.at >= z.valid_from AND p.at < z.valid_to
), first_days AS (
    SELECT p.person_id, CAST(p.first_at - to_milliseconds(z.behind_milliseconds) AS DATE) AS day
    FROM persons AS p
    CROSS JOIN zone_offsets AS z
    WHERE p.first_at >= z.valid_from AND p.first_at < z.valid_to
)
SELECT
    p.page_view_id, s.event_id, s.number, s.article_id, p.person_id, p.session_id, p.at, d.day,
    CASE WHEN p.seen_by = 'browser' THEN 0 ELSE 1 END AS is_server,
    CASE WHEN p.seen_by = 'server' THEN 0 ELSE 1 END AS is_browser,
    p.engaged_seconds,
    CASE WHEN p.seen_by <> 'server' AND p.scroll_share * 100 >= a.finished_percent THEN 1 ELSE 0 END AS is_finished,
    CASE WHEN n.page_view_id IS NOT NULL THEN 1 ELSE 0 END AS is_entry,
    CASE WHEN f.day = d.day THEN 1 ELSE 0 END AS is_new,
    CASE WHEN date_diff('second', c.started_at, m.moment) >= 604800 THEN 1 ELSE 0 END AS is_observed,
    CASE
        WHEN date_diff('second', c.started_at, m.moment) >= 604800
            AND date_diff('second', c.started_at, c.next_at) <= 604800 THEN 1 ELSE 0
    END AS is_returning
FROM placed AS p
JOIN said AS s ON s.event_id = p.event_id
JOIN days AS d ON d.page_view_id = p.page_view_id
CROSS JOIN answer_settings AS a
CROSS JOIN newest AS m
LEFT JOIN entries AS n ON n.page_view_id = p.page_view_id
LEFT JOIN first_days AS f ON f.person_id = p.person_id
LEFT JOIN comings AS c ON c.session_id = p.session_id
