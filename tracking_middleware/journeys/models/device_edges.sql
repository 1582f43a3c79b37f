-- One row a pair of identifiers of one browser: seen together, or one was handed on to the other by a token.
SELECT DISTINCT 'domain_userid:' || domain_userid AS a, 'network_userid:' || network_userid AS b
FROM sound_links
WHERE domain_userid IS NOT NULL AND network_userid IS NOT NULL
UNION
SELECT DISTINCT 'domain_userid:' || domain_userid, 'domain_userid:' || token_domain_userid
FROM sound_links
WHERE domain_userid <> token_domain_userid
