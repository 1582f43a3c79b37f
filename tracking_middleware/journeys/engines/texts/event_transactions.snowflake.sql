WITH described AS (
    SELECT e.event_id, r.place, r.prefix, r.field, PARSE_JSON(e.unstruct_event):data AS item
    FROM events AS e
    CROSS JOIN transaction_rules AS r
    WHERE r.carrier = 'event' AND CHARINDEX(r.name, e.unstruct_event) > 0
    UNION ALL
    SELECT e.event_id, r.place, r.prefix, r.field, items.value AS item
    FROM events AS e
    CROSS JOIN transaction_rules AS r
    CROSS JOIN LATERAL FLATTEN(INPUT => PARSE_JSON(e.contexts):data) AS items
    WHERE r.carrier = 'entity' AND CHARINDEX(r.name, e.contexts) > 0
), numbered AS (
    SELECT event_id, place, CAST(GET(GET(item, 'data'), field) AS VARCHAR) AS transaction_id
    FROM described
    WHERE STARTSWITH(CAST(GET(item, 'schema') AS VARCHAR), prefix)
)
SELECT event_id, transaction_id
FROM numbered
WHERE transaction_id <> ''
QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY place, transaction_id) = 1
