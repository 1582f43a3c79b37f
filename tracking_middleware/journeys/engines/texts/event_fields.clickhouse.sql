WITH described AS (
    SELECT
        e.event_id AS event_id, c.topic AS topic, 1 AS number,
        JSONExtractRaw(assumeNotNull(e.unstruct_event), 'data') AS item, c.prefix AS prefix
    FROM events AS e
    CROSS JOIN answer_carriers AS c
    WHERE c.carrier = 'event' AND position(e.unstruct_event, c.name) > 0
    UNION ALL
    SELECT event_id, topic, tupleElement(numbered, 1) AS number, tupleElement(numbered, 2) AS item, prefix
    FROM (
        SELECT
            e.event_id AS event_id, c.topic AS topic, c.prefix AS prefix,
            JSONExtractArrayRaw(assumeNotNull(e.contexts), 'data') AS items,
            arrayJoin(arrayZip(arrayEnumerate(items), items)) AS numbered
        FROM events AS e
        CROSS JOIN answer_carriers AS c
        WHERE c.carrier = 'entity' AND position(e.contexts, c.name) > 0 AND (c.topic <> 'article' OR e.event = 'page_view')
    )
), found AS (
    SELECT
        d.event_id AS event_id, d.topic AS topic, d.number AS number, f.kind AS kind, f.place AS place,
        JSONExtractRaw(JSONExtractRaw(d.item, 'data'), assumeNotNull(f.field)) AS found
    FROM described AS d
    JOIN answer_fields AS f ON f.topic = d.topic
    WHERE startsWith(JSONExtractString(d.item, 'schema'), d.prefix)
), listed AS (
    SELECT
        event_id, topic, number, kind, place,
        if(startsWith(found, '['), JSONExtractArrayRaw(found), [found]) AS texts,
        arrayJoin(arrayZip(arrayEnumerate(texts), texts)) AS numbered
    FROM found
), valued AS (
    SELECT
        event_id, topic, number, kind, place * 1000000 + tupleElement(numbered, 1) AS position,
        tupleElement(numbered, 2) AS raw,
        if(startsWith(raw, '"'), JSONExtractString(raw), raw) AS value
    FROM listed
)
SELECT event_id, topic, CAST(number AS Int64) AS number, kind, CAST(position AS Int64) AS position, value
FROM valued
WHERE value <> '' AND raw <> 'null' AND NOT startsWith(raw, '{') AND NOT startsWith(raw, '[')
