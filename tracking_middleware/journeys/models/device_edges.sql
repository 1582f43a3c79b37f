-- One row a pair of identifiers of one browser: seen together, or one was handed on to the other by a token. None
-- where sessions are to be judged alone.
SELECT 'domain_userid:' || l.domain_userid AS a, 'network_userid:' || l.network_userid AS b
FROM sound_links AS l
CROSS JOIN journey_settings AS s
WHERE l.domain_userid IS NOT NULL AND l.network_userid IS NOT NULL AND s.anonymous = 'device'
UNION
SELECT 'domain_userid:' || l.domain_userid, 'domain_userid:' || l.token_domain_userid
FROM sound_links AS l
CROSS JOIN journey_settings AS s
WHERE l.domain_userid <> l.token_domain_userid AND s.anonymous = 'device'
