WITH described AS (
    SELECT e.event_id, c.topic, 1 AS number, CAST(e.unstruct_event AS JSON) -> 'data' AS item, c.prefix
    FROM events AS e
    JOIN answer_carriers AS c ON c.carrier = 'event' AND strpos(e.unstruct_event, c.name) > 0
    UNION ALL
    SELECT e.event_id, c.topic, items.number, items.item, c.prefix
    FROM events AS e
    JOIN answer_carriers AS c ON c.carrier = 'entity' AND strpos(e.contexts, c.name) > 0
        AND (c.topic <> 'article' OR e.event = 'page_view')
    CROSS JOIN LATERAL json_array_elements(
        CASE WHEN json_typeof(CAST(e.contexts AS JSON) -> 'data') = 'array' THEN CAST(e.contexts AS JSON) -> 'data' END
    ) WITH ORDINALITY AS items(item, number)
), found AS (
    SELECT d.event_id, d.topic, d.number, f.kind, f.place, d.item -> 'data' -> f.field AS found
    FROM described AS d
    JOIN answer_fields AS f ON f.topic = d.topic
    WHERE starts_with(d.item ->> 'schema', d.prefix)
), valued AS (
    SELECT f.event_id, f.topic, f.number, f.kind, f.place, t.part, t.position
    FROM found AS f
    CROSS JOIN LATERAL json_array_elements(CASE WHEN json_typeof(f.found) = 'array' THEN f.found END)
        WITH ORDINALITY AS t(part, position)
    UNION ALL
    SELECT f.event_id, f.topic, f.number, f.kind, f.place, f.found, 1
    FROM found AS f
    WHERE json_typeof(f.found) <> 'array'
)
SELECT
    event_id, topic, number, kind, place * 1000000 + position AS position, (part #>> '{}') COLLATE "C" AS value
FROM valued
WHERE json_typeof(part) NOT IN ('object', 'array') AND part #>> '{}' <> ''
