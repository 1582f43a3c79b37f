WITH described AS (
    SELECT
        e.event_id, c.topic, 1 AS number, c.prefix,
        from_json(e.unstruct_event, 'STRUCT<data: STRUCT<schema: STRING, data: VARIANT>>').data AS item
    FROM events AS e
    CROSS JOIN answer_carriers AS c
    WHERE c.carrier = 'event' AND instr(e.unstruct_event, c.name) > 0
    UNION ALL
    SELECT e.event_id, c.topic, items.place + 1 AS number, c.prefix, items.item
    FROM events AS e
    CROSS JOIN answer_carriers AS c
    LATERAL VIEW posexplode(
        from_json(e.contexts, 'STRUCT<data: ARRAY<STRUCT<schema: STRING, data: VARIANT>>>').data
    ) items AS place, item
    WHERE c.carrier = 'entity' AND instr(e.contexts, c.name) > 0 AND (c.topic <> 'article' OR e.event = 'page_view')
), found AS (
    SELECT
        d.event_id, d.topic, d.number, f.kind, f.place,
        try_variant_get(d.item.data, '$', 'MAP<STRING, VARIANT>')[f.field] AS found
    FROM described AS d
    JOIN answer_fields AS f ON f.topic = d.topic
    WHERE startswith(d.item.schema, d.prefix)
), valued AS (
    SELECT f.event_id, f.topic, f.number, f.kind, f.place, parts.position, parts.part
    FROM found AS f
    LATERAL VIEW posexplode(
        CASE
            WHEN startswith(schema_of_variant(f.found), 'ARRAY') THEN try_variant_get(f.found, '$', 'ARRAY<VARIANT>')
            ELSE array(f.found)
        END
    ) parts AS position, part
)
SELECT
    event_id, topic, CAST(number AS BIGINT) AS number, kind, place * 1000000 + position + 1 AS position,
    CAST(part AS STRING) AS value
FROM valued
WHERE NOT startswith(schema_of_variant(part), 'ARRAY') AND NOT startswith(schema_of_variant(part), 'OBJECT')
  AND try_variant_get(part, '$', 'STRING') <> ''
