-- One row a page view that no id joins to the other side's, of somebody and of a page that are known.
WITH paired AS (
    SELECT server_number AS event_number FROM pairs_by_id
    UNION ALL
    SELECT browser_number FROM pairs_by_id
)
SELECT v.event_number, v.side, v.person_number, v.device_number, v.moment, v.page_number
FROM page_view_events AS v
WHERE v.person_number IS NOT NULL AND v.page_number IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM paired AS p WHERE p.event_number = v.event_number)
