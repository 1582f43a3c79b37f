-- One row an event: the identifiers on it, without those that it lets go of, because two are to be kept apart.
SELECT
    c.event_id, c.moment, c.side, c.event, c.page_url, c.web_page_key, c.is_off_browser,
    CASE WHEN g.of_user_id = 1 THEN '' ELSE c.user_id END AS user_id,
    c.domain_userid,
    CASE WHEN g.of_network_userid = 1 THEN '' ELSE c.network_userid END AS network_userid,
    c.domain_sessionid,
    CASE WHEN g.of_token = 1 THEN '' ELSE c.token END AS token,
    CASE WHEN g.of_token = 1 THEN '' ELSE c.token_domain_userid END AS token_domain_userid,
    CASE WHEN g.of_token = 1 THEN '' ELSE c.token_sessionid END AS token_sessionid,
    CASE WHEN g.of_transaction = 1 THEN '' ELSE c.transaction_id END AS transaction_id
FROM carried_identifiers AS c
LEFT JOIN let_go AS g ON g.event_id = c.event_id
