-- One row a touch of a conversion: a session of the person's that began before it and within the days to look back, by its
-- place among them. ``last_place`` is that of the last one that is not direct, or of the last one where all are.
WITH before_it AS (
    SELECT
        c.conversion_id, t.session_id, t.channel, t.at AS moment,
        date_diff('second', t.at, c.at) AS age_seconds
    FROM conversions AS c
    JOIN touches AS t ON t.person_id = c.person_id
    CROSS JOIN answer_settings AS s
    WHERE t.at <= c.at AND date_diff('second', t.at, c.at) <= s.lookback_seconds
), placed AS (
    SELECT
        b.*,
        CAST(row_number() OVER (PARTITION BY b.conversion_id ORDER BY b.moment, b.session_id) AS BIGINT) AS place,
        CAST(count(*) OVER (PARTITION BY b.conversion_id) AS BIGINT) AS touches,
        min(b.age_seconds) OVER (PARTITION BY b.conversion_id) AS least_age_seconds,
        CAST(count(*) OVER (PARTITION BY b.conversion_id, b.channel) AS BIGINT) AS touches_of_channel
    FROM before_it AS b
)
SELECT
    p.conversion_id, p.session_id, p.channel, p.moment, p.age_seconds, p.least_age_seconds, p.place, p.touches,
    p.touches_of_channel,
    coalesce(
        max(CASE WHEN p.channel <> 'direct' THEN p.place END) OVER (PARTITION BY p.conversion_id), p.touches
    ) AS last_place
FROM placed AS p
