WITH described AS (
    SELECT
        e.event_id, r.place, r.prefix, r.field,
        from_json(e.unstruct_event, 'STRUCT<data: STRUCT<schema: STRING, data: STRING>>').data AS item
    FROM events AS e
    CROSS JOIN transaction_rules AS r
    WHERE r.carrier = 'event' AND instr(e.unstruct_event, r.name) > 0
    UNION ALL
    SELECT e.event_id, r.place, r.prefix, r.field, items.item
    FROM events AS e
    CROSS JOIN transaction_rules AS r
    LATERAL VIEW explode(
        from_json(e.contexts, 'STRUCT<data: ARRAY<STRUCT<schema: STRING, data: STRING>>>').data
    ) items AS item
    WHERE r.carrier = 'entity' AND instr(e.contexts, r.name) > 0
), numbered AS (
    SELECT event_id, place, get_json_object(item.data, concat('$[\'', field, '\']')) AS transaction_id
    FROM described
    WHERE startswith(item.schema, prefix)
)
SELECT event_id, transaction_id
FROM (
    SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY place, transaction_id) AS rank
    FROM numbered
    WHERE transaction_id <> ''
) AS ranked
WHERE rank = 1
