-- One row a conversion, by the id that the configuration names: the first event that has it, how many more repeat it, whose
-- it is and in which session. What a browser says anybody may have written: it counts where nothing but browsers have the id. Each entity of an event is one. ``value`` and ``margin`` are NULL where the event says no number,
-- or several; a currency that nobody says is ``XXX``, as ISO 4217 has it.
WITH told AS (
    SELECT
        event_id, number,
        min(CASE WHEN kind = 'id' THEN value END) AS conversion_id,
        CASE WHEN min(CASE WHEN kind = 'value' THEN value END) = max(CASE WHEN kind = 'value' THEN value END)
            THEN min(CASE WHEN kind = 'value' THEN value END) END AS value,
        CASE WHEN min(CASE WHEN kind = 'margin' THEN value END) = max(CASE WHEN kind = 'margin' THEN value END)
            THEN min(CASE WHEN kind = 'margin' THEN value END) END AS margin,
        CASE WHEN min(CASE WHEN kind = 'currency' THEN value END) = max(CASE WHEN kind = 'currency' THEN value END)
            THEN min(CASE WHEN kind = 'currency' THEN value END) END AS currency
    FROM event_fields
    WHERE topic = 'conversion'
    GROUP BY event_id, number
), placed AS (
    SELECT
        t.event_id, t.conversion_id, t.value, t.margin, t.currency, coalesce(e.derived_tstamp, e.collector_tstamp) AS moment, p.person_id, p.session_id,
        row_number() OVER (
            PARTITION BY t.conversion_id ORDER BY CASE WHEN e.side = 'browser' THEN 1 ELSE 0 END, coalesce(e.derived_tstamp, e.collector_tstamp), t.event_id, t.number
        ) AS place,
        count(*) OVER (PARTITION BY t.conversion_id) AS events
    FROM told AS t
    JOIN events AS e ON e.event_id = t.event_id
    LEFT JOIN event_persons AS p ON p.event_id = t.event_id
    WHERE t.conversion_id IS NOT NULL
)
SELECT
    c.conversion_id, c.event_id, c.person_id, c.session_id, c.moment AS at,
    CASE WHEN regexp_matches(c.value, '^-?([0-9]{1,12}([.][0-9]{0,6})?|[0-9]{1,11}[.][0-9]*)$') THEN CAST(c.value AS DECIMAL(18,6)) END AS value,
    CASE WHEN regexp_matches(c.margin, '^-?([0-9]{1,12}([.][0-9]{0,6})?|[0-9]{1,11}[.][0-9]*)$') THEN CAST(c.margin AS DECIMAL(18,6)) END AS margin,
    upper(coalesce(c.currency, CASE WHEN s.currency <> '' THEN s.currency END, 'XXX')) AS currency,
    CAST(c.events - 1 AS BIGINT) AS repeats
FROM placed AS c
CROSS JOIN answer_settings AS s
WHERE c.place = 1
