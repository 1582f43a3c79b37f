WITH described AS (
    SELECT e.event_id, r.place, r.prefix, r.field, JSON_QUERY(e.unstruct_event, '$.data') AS item
    FROM events AS e
    CROSS JOIN transaction_rules AS r
    WHERE r.carrier = 'event' AND STRPOS(e.unstruct_event, r.name) > 0
    UNION ALL
    SELECT e.event_id, r.place, r.prefix, r.field, item
    FROM events AS e
    CROSS JOIN transaction_rules AS r
    CROSS JOIN UNNEST(JSON_QUERY_ARRAY(e.contexts, '$.data')) AS item
    WHERE r.carrier = 'entity' AND STRPOS(e.contexts, r.name) > 0
), numbered AS (
    SELECT event_id, place, LAX_STRING(PARSE_JSON(item).data[field]) AS transaction_id
    FROM described
    WHERE STARTS_WITH(JSON_VALUE(item, '$.schema'), prefix)
)
SELECT event_id, transaction_id
FROM numbered
WHERE transaction_id <> ''
QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY place, transaction_id) = 1
