-- One row a return: what it takes off its conversion, which may have come weeks before, and whose that is. One that came
-- before its conversion waits for it (``conversion_at`` NULL) and counts nowhere until then. Where the configuration names
-- no value (or margin) of a return, all of the conversion's goes, once. What is said in another currency than the
-- conversion's is not known in that: NULL.
WITH told AS (
    SELECT
        event_id, number,
        min(CASE WHEN kind = 'id' THEN value END) AS conversion_id,
        CASE WHEN min(CASE WHEN kind = 'value' THEN value END) = max(CASE WHEN kind = 'value' THEN value END)
            THEN min(CASE WHEN kind = 'value' THEN value END) END AS value,
        CASE WHEN min(CASE WHEN kind = 'margin' THEN value END) = max(CASE WHEN kind = 'margin' THEN value END)
            THEN min(CASE WHEN kind = 'margin' THEN value END) END AS margin,
        max(CASE WHEN kind = 'currency' THEN upper(value) END) AS currency
    FROM event_fields
    WHERE topic = 'return'
    GROUP BY event_id, number
), placed AS (
    SELECT
        t.event_id, t.conversion_id, t.value, t.margin, t.currency, coalesce(e.derived_tstamp, e.collector_tstamp) AS moment,
        row_number() OVER (
            PARTITION BY t.conversion_id ORDER BY coalesce(e.derived_tstamp, e.collector_tstamp), t.event_id, t.number
        ) AS place
    FROM told AS t
    JOIN events AS e ON e.event_id = t.event_id
    WHERE t.conversion_id IS NOT NULL
)
SELECT
    r.conversion_id, r.event_id, r.moment AS at,
    CASE
        WHEN s.returns_have_value = 0 AND r.place = 1 THEN c.value
        WHEN s.returns_have_value = 0 THEN CAST(0 AS DECIMAL(18,6))
        WHEN r.currency <> c.currency THEN CAST(NULL AS DECIMAL(18,6))
        WHEN regexp_matches(r.value, '^-?([0-9]{1,12}([.][0-9]{0,6})?|[0-9]{1,11}[.][0-9]*)$') THEN CAST(r.value AS DECIMAL(18,6))
    END AS value,
    CASE
        WHEN s.returns_have_margin = 0 AND r.place = 1 THEN c.margin
        WHEN s.returns_have_margin = 0 THEN CAST(0 AS DECIMAL(18,6))
        WHEN r.currency <> c.currency THEN CAST(NULL AS DECIMAL(18,6))
        WHEN regexp_matches(r.margin, '^-?([0-9]{1,12}([.][0-9]{0,6})?|[0-9]{1,11}[.][0-9]*)$') THEN CAST(r.margin AS DECIMAL(18,6))
    END AS margin,
    c.currency, c.at AS conversion_at, c.person_id, c.session_id
FROM placed AS r
CROSS JOIN answer_settings AS s
LEFT JOIN conversions AS c ON c.conversion_id = r.conversion_id
