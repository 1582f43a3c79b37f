-- One row a set of identifiers that events have on them, with a number; what is done by set is done once for all of
-- its events. Its visitor is its browser, else its user_id, and NULL off the browser.
WITH sets AS (
    SELECT DISTINCT
        is_off_browser, user_id, domain_userid, network_userid, domain_sessionid, token, token_domain_userid,
        token_sessionid, transaction_id
    FROM event_identifiers
), visiting AS (
    SELECT
        *,
        CASE
            WHEN is_off_browser = 1 THEN NULL
            WHEN domain_userid <> '' THEN 'domain_userid:' || domain_userid
            WHEN user_id <> '' THEN 'user_id:' || user_id
        END AS visitor
    FROM sets
), visitors AS (
    SELECT visitor, row_number() OVER () AS visitor_number
    FROM (SELECT DISTINCT visitor FROM visiting WHERE visitor IS NOT NULL) AS v
)
SELECT s.*, v.visitor_number, row_number() OVER () AS set_number
FROM visiting AS s
LEFT JOIN visitors AS v ON v.visitor = s.visitor
