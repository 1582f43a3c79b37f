-- One row an identifier of a browser, with the group of those that are one browser's.
WITH seen AS (
    SELECT DISTINCT 'domain_userid:' || domain_userid AS node FROM sound_links WHERE domain_userid IS NOT NULL
    UNION
    SELECT DISTINCT 'domain_userid:' || token_domain_userid FROM sound_links
    WHERE token_domain_userid IS NOT NULL
    UNION
    SELECT DISTINCT 'network_userid:' || network_userid FROM sound_links WHERE network_userid IS NOT NULL
)
SELECT s.node, coalesce(c.label, s.node) AS device_group
FROM seen AS s
LEFT JOIN device_components AS c ON c.node = s.node
