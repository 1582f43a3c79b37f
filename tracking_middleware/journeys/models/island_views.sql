-- One row a righted page view, with its island of time: views of one person and page with no longer pause between
-- them than clocks allow for.
WITH paused AS (
    SELECT
        r.*,
        CASE WHEN date_diff('millisecond', lag(r.moment) OVER pages, r.moment) <= s.clock_milliseconds
            THEN 0 ELSE 1 END AS is_new
    FROM righted_views AS r
    CROSS JOIN journey_settings AS s
    WINDOW pages AS (PARTITION BY r.person_number, r.page_number ORDER BY r.moment, r.side DESC, r.event_number)
)
SELECT
    event_number, side, person_number, page_number, moment,
    sum(is_new) OVER (PARTITION BY person_number, page_number ORDER BY moment, side DESC, event_number
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS island
FROM paused
