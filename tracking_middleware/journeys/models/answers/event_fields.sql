-- One row a value that a field has which the configuration names: of the data of an event or of an entity (``number`` is
-- the entity's place in the event), each of a list by its place; an object is no value.
WITH described AS (
    SELECT e.event_id, c.topic, 1 AS number, d.data
    FROM events AS e
    JOIN answer_carriers AS c ON c.carrier = 'event' AND strpos(e.unstruct_event, c.name) > 0
    CROSS JOIN LATERAL (
        SELECT from_json(e.unstruct_event, '{"data":{"schema":"VARCHAR","data":"JSON"}}').data AS data
    ) AS d
    WHERE starts_with(d.data.schema, c.prefix)
    UNION ALL
    SELECT e.event_id, c.topic, d.number, d.data
    FROM events AS e
    JOIN answer_carriers AS c ON c.carrier = 'entity' AND strpos(e.contexts, c.name) > 0
    CROSS JOIN LATERAL (
        SELECT
            unnest(from_json(e.contexts, '{"data":[{"schema":"VARCHAR","data":"JSON"}]}').data) AS data,
            generate_subscripts(from_json(e.contexts, '{"data":[{"schema":"VARCHAR","data":"JSON"}]}').data, 1) AS number
    ) AS d
    WHERE starts_with(d.data.schema, c.prefix) AND (c.topic <> 'article' OR e.event = 'page_view')
), found AS (
    SELECT d.event_id, d.topic, d.number, f.kind, f.place, json_extract(d.data.data, '$."' || f.field || '"') AS found
    FROM described AS d
    JOIN answer_fields AS f ON f.topic = d.topic
), listed AS (
    SELECT
        event_id, topic, number, kind, place,
        CASE WHEN json_type(found) = 'ARRAY' THEN from_json(found, '["JSON"]') ELSE [found] END AS parts
    FROM found
), valued AS (
    SELECT
        event_id, topic, number, kind, place,
        unnest(parts) AS part, generate_subscripts(parts, 1) AS position
    FROM listed
)
SELECT
    event_id, topic, number, kind, place * 1000000 + position AS position, json_extract_string(part, '$') AS value
FROM valued
WHERE json_type(part) NOT IN ('OBJECT', 'ARRAY') AND json_extract_string(part, '$') <> ''
