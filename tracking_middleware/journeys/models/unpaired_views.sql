-- One row a page view that no id joins to the other side's, of somebody and of a page that are known.
SELECT v.event_id, v.side, v.person_id, v.domain_userid, v.moment, v.page_key
FROM page_view_events AS v
WHERE v.person_id IS NOT NULL AND v.page_key IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM pairs_by_id AS p WHERE p.server_event_id = v.event_id)
  AND NOT EXISTS (SELECT 1 FROM pairs_by_id AS p WHERE p.browser_event_id = v.event_id)
