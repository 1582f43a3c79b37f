WITH places AS (
    SELECT 0 AS place UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
    UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9
), described AS (
    SELECT e.event_id, r.place, r.prefix, r.field, JSON_EXTRACT_PATH_TEXT(e.unstruct_event, 'data') AS item
    FROM events AS e
    CROSS JOIN transaction_rules AS r
    WHERE r.carrier = 'event' AND STRPOS(e.unstruct_event, r.name) > 0
    UNION ALL
    SELECT
        e.event_id, r.place, r.prefix, r.field,
        JSON_EXTRACT_ARRAY_ELEMENT_TEXT(JSON_EXTRACT_PATH_TEXT(e.contexts, 'data'), p.place, TRUE) AS item
    FROM events AS e
    CROSS JOIN transaction_rules AS r
    CROSS JOIN places AS p
    WHERE r.carrier = 'entity' AND STRPOS(e.contexts, r.name) > 0
), numbered AS (
    SELECT event_id, place, JSON_EXTRACT_PATH_TEXT(item, 'data', field, TRUE) AS transaction_id
    FROM described
    WHERE STRPOS(JSON_EXTRACT_PATH_TEXT(item, 'schema', TRUE), prefix) = 1
)
SELECT event_id, transaction_id
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY place, transaction_id) AS rank
    FROM numbered
    WHERE transaction_id <> ''
) AS ranked
WHERE rank = 1
