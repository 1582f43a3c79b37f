-- One row a page view that both sides tell of in an island of time that has as many of the one side as of the other:
-- the k-th with the k-th.
WITH even AS (
    SELECT
        person_number, page_number, island, count(*) AS views,
        min(CASE WHEN side = 'server' THEN event_number END) AS first_server,
        min(CASE WHEN side = 'browser' THEN event_number END) AS first_browser
    FROM island_views
    GROUP BY person_number, page_number, island
    HAVING count(CASE WHEN side = 'server' THEN 1 END) = count(CASE WHEN side = 'browser' THEN 1 END)
), placed AS (
    SELECT
        v.event_number, v.side, v.person_number, v.page_number, v.island,
        row_number() OVER (PARTITION BY v.person_number, v.page_number, v.island, v.side
            ORDER BY v.moment, v.event_number) AS place
    FROM island_views AS v
    JOIN even AS e ON e.person_number = v.person_number AND e.page_number = v.page_number AND e.island = v.island
    WHERE e.views > 2
)
SELECT first_server AS server_number, first_browser AS browser_number
FROM even
WHERE views = 2
UNION ALL
SELECT s.event_number, b.event_number
FROM placed AS s
JOIN placed AS b ON b.person_number = s.person_number AND b.page_number = s.page_number AND b.island = s.island
    AND b.place = s.place AND b.side = 'browser'
WHERE s.side = 'server'
