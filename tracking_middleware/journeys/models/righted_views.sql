-- One row a page view that no id joins, of a person and page of which both sides tell; its time put right: the
-- browser's by its clock and by how long its pages take, so that the two sides of one view fall together.
WITH facing AS (
    SELECT person_number, page_number
    FROM unpaired_views
    GROUP BY person_number, page_number
    HAVING min(side) <> max(side)
)
SELECT
    v.event_number, v.side, v.person_number, v.page_number,
    CASE WHEN v.side = 'server' THEN v.moment
        ELSE v.moment - to_milliseconds(coalesce(c.offset_milliseconds, s.load_milliseconds)) END AS moment
FROM unpaired_views AS v
JOIN facing AS f ON f.person_number = v.person_number AND f.page_number = v.page_number
CROSS JOIN journey_settings AS s
LEFT JOIN clock_offsets AS c ON c.device_number = v.device_number
