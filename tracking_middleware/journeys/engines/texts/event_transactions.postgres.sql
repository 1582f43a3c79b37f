WITH described AS (
    SELECT e.event_id, r.place, CAST(e.unstruct_event AS JSON) -> 'data' AS item, r.prefix, r.field
    FROM events AS e
    JOIN transaction_rules AS r ON r.carrier = 'event' AND strpos(e.unstruct_event, r.name) > 0
    UNION ALL
    SELECT e.event_id, r.place, items.item, r.prefix, r.field
    FROM events AS e
    JOIN transaction_rules AS r ON r.carrier = 'entity' AND strpos(e.contexts, r.name) > 0
    CROSS JOIN LATERAL json_array_elements(
        CASE WHEN json_typeof(CAST(e.contexts AS JSON) -> 'data') = 'array' THEN CAST(e.contexts AS JSON) -> 'data' END
    ) AS items(item)
), numbered AS (
    SELECT event_id, place, item -> 'data' ->> field AS transaction_id
    FROM described
    WHERE starts_with(item ->> 'schema', prefix)
)
SELECT event_id, transaction_id
FROM (
    SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY place, transaction_id) AS rank
    FROM numbered
    WHERE transaction_id <> ''
) AS ranked
WHERE rank = 1
