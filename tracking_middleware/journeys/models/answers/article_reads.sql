-- One row an article on a page that somebody saw: which entity says so (the server's where it attached one, else the
-- browser's), and what counts of the view. Crawlers' views are left out.
WITH said AS (
    SELECT event_id, number, min(value) AS article_id
    FROM event_fields
    WHERE topic = 'article' AND kind = 'id'
    GROUP BY event_id, number
), newest AS (
    SELECT max(w.at) AS moment FROM page_views AS w
), comings AS (
    SELECT
        s.session_id, s.started_at,
        lead(s.started_at) OVER (PARTITION BY s.person_id ORDER BY s.started_at, s.session_id) AS next_at
    FROM sessions AS s
), placed AS (
    SELECT
        v.page_view_id, v.session_id, v.person_id, v.at, v.seen_by, v.engaged_seconds, v.scroll_share,
        v.server_event_id, v.browser_event_id,
        row_number() OVER (PARTITION BY v.session_id ORDER BY v.at, v.page_view_id) AS place
    FROM page_views AS v
    WHERE v.agent_class IS NULL OR v.agent_class = 'person'
), chosen AS (
    SELECT
        p.page_view_id,
        CASE WHEN s.event_id IS NOT NULL THEN p.server_event_id ELSE p.browser_event_id END AS event_id
    FROM placed AS p
    LEFT JOIN (SELECT DISTINCT event_id FROM said) AS s ON s.event_id = p.server_event_id
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
    CASE WHEN p.session_id IS NOT NULL AND p.place = 1 THEN 1 ELSE 0 END AS is_entry,
    CASE WHEN f.day = d.day THEN 1 ELSE 0 END AS is_new,
    CASE WHEN date_diff('second', c.started_at, n.moment) >= 604800 THEN 1 ELSE 0 END AS is_observed,
    CASE
        WHEN date_diff('second', c.started_at, n.moment) >= 604800
            AND date_diff('second', c.started_at, c.next_at) <= 604800 THEN 1 ELSE 0
    END AS is_returning
FROM placed AS p
JOIN chosen AS h ON h.page_view_id = p.page_view_id
JOIN said AS s ON s.event_id = h.event_id
JOIN days AS d ON d.page_view_id = p.page_view_id
CROSS JOIN answer_settings AS a
CROSS JOIN newest AS n
LEFT JOIN first_days AS f ON f.person_id = p.person_id
LEFT JOIN comings AS c ON c.session_id = p.session_id
