-- One row a page view that both sides gave the same ``web_page`` id: the k-th of the one with the k-th of the other.
WITH placed AS (
    SELECT
        v.event_number, v.side, v.web_page_key,
        row_number() OVER (PARTITION BY v.web_page_key, v.side ORDER BY v.event_number) AS place
    FROM event_keys AS v
    JOIN views_by_id AS i ON i.web_page_key = v.web_page_key
    WHERE v.page_event = 'page_view' AND v.side IN ('browser', 'server')
      AND (i.servers > 1 OR i.browsers > 1)
)
SELECT first_server AS server_number, first_browser AS browser_number
FROM views_by_id
WHERE servers = 1 AND browsers = 1
UNION ALL
SELECT s.event_number, b.event_number
FROM placed AS s
JOIN placed AS b ON b.web_page_key = s.web_page_key AND b.place = s.place AND b.side = 'browser'
WHERE s.side = 'server'
