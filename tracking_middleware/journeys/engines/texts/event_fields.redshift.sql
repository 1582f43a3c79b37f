WITH places AS (
    SELECT 0 AS place UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
    UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9
), described AS (
    SELECT e.event_id, c.topic, 1 AS number, c.prefix, JSON_EXTRACT_PATH_TEXT(e.unstruct_event, 'data') AS item
    FROM events AS e
    CROSS JOIN answer_carriers AS c
    WHERE c.carrier = 'event' AND STRPOS(e.unstruct_event, c.name) > 0
    UNION ALL
    SELECT
        e.event_id, c.topic, p.place + 1 AS number, c.prefix,
        JSON_EXTRACT_ARRAY_ELEMENT_TEXT(JSON_EXTRACT_PATH_TEXT(e.contexts, 'data'), p.place, TRUE) AS item
    FROM events AS e
    CROSS JOIN answer_carriers AS c
    CROSS JOIN places AS p
    WHERE c.carrier = 'entity' AND STRPOS(e.contexts, c.name) > 0 AND (c.topic <> 'article' OR e.event = 'page_view')
), found AS (
    SELECT d.event_id, d.topic, d.number, f.kind, f.place, JSON_EXTRACT_PATH_TEXT(d.item, 'data', f.field, TRUE) AS found
    FROM described AS d
    JOIN answer_fields AS f ON f.topic = d.topic
    WHERE STRPOS(JSON_EXTRACT_PATH_TEXT(d.item, 'schema', TRUE), d.prefix) = 1
), valued AS (
    SELECT f.event_id, f.topic, f.number, f.kind, f.place, p.place + 1 AS position,
        JSON_EXTRACT_ARRAY_ELEMENT_TEXT(f.found, p.place, TRUE) AS value
    FROM found AS f
    CROSS JOIN places AS p
    WHERE STRPOS(f.found, '[') = 1
    UNION ALL
    SELECT f.event_id, f.topic, f.number, f.kind, f.place, 1, f.found
    FROM found AS f
    WHERE STRPOS(f.found, '[') <> 1
)
SELECT
    event_id, topic, CAST(number AS BIGINT) AS number, kind, CAST(place * 1000000 + position AS BIGINT) AS position, value
FROM valued
WHERE value <> '' AND STRPOS(value, '{') <> 1 AND STRPOS(value, '[') <> 1
