-- One row a page view that no id joins, its time put right: the browser's by its clock and by how long its pages take,
-- so that the two sides of one view fall together.
SELECT
    v.event_id, v.side, v.person_id, v.page_key,
    CASE WHEN v.side = 'server' THEN v.moment
        ELSE v.moment - to_milliseconds(coalesce(c.offset_milliseconds, s.load_milliseconds)) END AS moment
FROM unpaired_views AS v
CROSS JOIN journey_settings AS s
LEFT JOIN clock_offsets AS c ON c.domain_userid = v.domain_userid
