WITH described AS (
    SELECT e.event_id, c.topic, 1 AS number, c.prefix, PARSE_JSON(e.unstruct_event):data AS item
    FROM events AS e
    CROSS JOIN answer_carriers AS c
    WHERE c.carrier = 'event' AND CHARINDEX(c.name, e.unstruct_event) > 0
    UNION ALL
    SELECT e.event_id, c.topic, items.index + 1 AS number, c.prefix, items.value AS item
    FROM events AS e
    CROSS JOIN answer_carriers AS c
    CROSS JOIN LATERAL FLATTEN(INPUT => PARSE_JSON(e.contexts):data) AS items
    WHERE c.carrier = 'entity' AND CHARINDEX(c.name, e.contexts) > 0 AND (c.topic <> 'article' OR e.event = 'page_view')
), found AS (
    SELECT d.event_id, d.topic, d.number, f.kind, f.place, GET(GET(d.item, 'data'), f.field) AS found
    FROM described AS d
    JOIN answer_fields AS f ON f.topic = d.topic
    WHERE STARTSWITH(CAST(GET(d.item, 'schema') AS VARCHAR), d.prefix)
), valued AS (
    SELECT f.event_id, f.topic, f.number, f.kind, f.place, parts.index + 1 AS position, parts.value AS part
    FROM found AS f
    CROSS JOIN LATERAL FLATTEN(INPUT => CASE WHEN IS_ARRAY(f.found) THEN f.found ELSE ARRAY_CONSTRUCT(f.found) END) AS parts
)
SELECT
    event_id, topic, CAST(number AS BIGINT) AS number, kind, CAST(place * 1000000 + position AS BIGINT) AS position,
    CAST(part AS VARCHAR) AS value
FROM valued
WHERE NOT IS_ARRAY(part) AND NOT IS_OBJECT(part) AND CAST(part AS VARCHAR) <> ''
