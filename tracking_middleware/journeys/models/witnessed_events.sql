-- One row a page view of the server's without any identifier whose ``web_page`` id pairs it with one of a browser's: the
-- browser's set of identifiers, and a number for what is joined to that by an id of a page. Where browsers of
-- several persons gave the id (a page out of a shared cache has one id for all), it is left out.
WITH single AS (
    SELECT e.web_page_key
    FROM placed_events AS e
    JOIN link_persons AS l ON l.link_number = e.link_number
    WHERE e.side = 'browser' AND e.page_event = 'page_view' AND e.web_page_key IS NOT NULL
    GROUP BY e.web_page_key
    HAVING count(DISTINCT l.person_number) = 1 AND count(l.person_number) = count(*)
), witnessed AS (
    SELECT s.event_number, s.moment, b.link_number AS browser_link
    FROM pairs_by_id AS p
    JOIN placed_events AS s ON s.event_number = p.server_number
    JOIN link_persons AS l ON l.link_number = s.link_number
    JOIN placed_events AS b ON b.event_number = p.browser_number
    JOIN single AS o ON o.web_page_key = b.web_page_key
    WHERE l.is_nameless = 1
)
SELECT
    w.event_number, w.moment, w.browser_link,
    m.most + dense_rank() OVER (ORDER BY w.browser_link) AS link_number
FROM witnessed AS w
CROSS JOIN (SELECT max(link_number) AS most FROM link_persons) AS m
