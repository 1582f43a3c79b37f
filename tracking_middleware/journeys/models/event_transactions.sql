-- One row an event that carries a transaction's number, where the configuration names what carries one.
-- Of several numbers in one event the first in the order of the configuration counts.
WITH described AS (
    SELECT e.event_id, r.place, d.data, r.field
    FROM events AS e
    JOIN transaction_rules AS r ON r.carrier = 'event' AND strpos(e.unstruct_event, r.name) > 0
    CROSS JOIN LATERAL (
        SELECT from_json(e.unstruct_event, '{"data":{"schema":"VARCHAR","data":"JSON"}}').data AS data
    ) AS d
    WHERE starts_with(d.data.schema, r.prefix)
    UNION ALL
    SELECT e.event_id, r.place, d.data, r.field
    FROM events AS e
    JOIN transaction_rules AS r ON r.carrier = 'entity' AND strpos(e.contexts, r.name) > 0
    CROSS JOIN LATERAL (
        SELECT unnest(from_json(e.contexts, '{"data":[{"schema":"VARCHAR","data":"JSON"}]}').data) AS data
    ) AS d
    WHERE starts_with(d.data.schema, r.prefix)
), numbered AS (
    SELECT event_id, place, json_extract_string(data.data, '$."' || field || '"') AS transaction_id FROM described
)
SELECT event_id, transaction_id
FROM (
    SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY place, transaction_id) AS rank
    FROM numbered
    WHERE transaction_id <> ''
) AS ranked
WHERE rank = 1
