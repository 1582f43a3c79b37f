WITH described AS (
    SELECT e.event_id, r.place, JSONExtractRaw(assumeNotNull(e.unstruct_event), 'data') AS item, r.prefix, r.field
    FROM events AS e
    CROSS JOIN transaction_rules AS r
    WHERE r.carrier = 'event' AND position(e.unstruct_event, r.name) > 0
    UNION ALL
    SELECT
        e.event_id, r.place, arrayJoin(JSONExtractArrayRaw(assumeNotNull(e.contexts), 'data')) AS item,
        r.prefix, r.field
    FROM events AS e
    CROSS JOIN transaction_rules AS r
    WHERE r.carrier = 'entity' AND position(e.contexts, r.name) > 0
), numbered AS (
    SELECT
        event_id, place,
        JSONExtract(JSONExtractRaw(item, 'data'), assumeNotNull(field), 'Nullable(String)') AS transaction_id
    FROM described
    WHERE startsWith(JSONExtractString(item, 'schema'), prefix)
)
SELECT event_id, transaction_id
FROM (
    SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY place, transaction_id) AS rank
    FROM numbered
    WHERE transaction_id <> ''
) AS ranked
WHERE rank = 1
