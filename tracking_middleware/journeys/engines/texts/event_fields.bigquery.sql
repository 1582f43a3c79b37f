WITH described AS (
    SELECT e.event_id, c.topic, 1 AS number, c.prefix, JSON_QUERY(e.unstruct_event, '$.data') AS item
    FROM events AS e
    CROSS JOIN answer_carriers AS c
    WHERE c.carrier = 'event' AND STRPOS(e.unstruct_event, c.name) > 0
    UNION ALL
    SELECT e.event_id, c.topic, place + 1 AS number, c.prefix, item
    FROM events AS e
    CROSS JOIN answer_carriers AS c
    CROSS JOIN UNNEST(JSON_QUERY_ARRAY(e.contexts, '$.data')) AS item WITH OFFSET AS place
    WHERE c.carrier = 'entity' AND STRPOS(e.contexts, c.name) > 0 AND (c.topic <> 'article' OR e.event = 'page_view')
), found AS (
    SELECT d.event_id, d.topic, d.number, f.kind, f.place, PARSE_JSON(d.item, wide_number_mode => 'round').data[f.field] AS found
    FROM described AS d
    JOIN answer_fields AS f ON f.topic = d.topic
    WHERE STARTS_WITH(JSON_VALUE(d.item, '$.schema'), d.prefix)
), valued AS (
    SELECT f.event_id, f.topic, f.number, f.kind, f.place, spot + 1 AS position, part
    FROM found AS f
    CROSS JOIN UNNEST(CASE WHEN JSON_TYPE(f.found) = 'array' THEN JSON_QUERY_ARRAY(f.found) ELSE [f.found] END) AS part
        WITH OFFSET AS spot
)
SELECT event_id, topic, number, kind, place * 1000000 + position AS position, LAX_STRING(part) AS value
FROM valued
WHERE NOT JSON_TYPE(part) IN ('array', 'object') AND LAX_STRING(part) <> ''
