-- One row an event: its keys, with the number of its set of identifiers in the session it belongs to.
SELECT
    k.event_number, k.event_id, k.moment, k.side, k.page_event, k.page_number, k.web_page_key,
    coalesce(f.link_number, k.set_number) AS link_number
FROM event_keys AS k
LEFT JOIN fallen_links AS f ON f.event_number = k.event_number
