-- One row a set of identifiers in a session: its person, and what joined the two. The strongest comes first: its
-- own user_id, its session's, where its token was made, and only then the browser; on a browser of several
-- persons a transaction is stronger than that.
WITH found AS (
    SELECT
        p.link_number, k.session_number,
        CASE WHEN p.domain_userid IS NOT NULL THEN p.visitor_number END AS device_number,
        p.session_id, p.first_at, p.last_at, p.events, p.first_number, p.is_off_browser,
        CASE
            WHEN p.is_off_browser = 0 AND coalesce(
                p.user_id, p.domain_userid, p.network_userid, p.session_id, p.token, p.token_domain_userid,
                p.token_sessionid, p.transaction_id
            ) IS NULL THEN 1 ELSE 0
        END AS is_nameless,
        u.person_number AS by_user_id,
        CASE WHEN NOT s.is_alone THEN s.person_number END AS by_session,
        CASE WHEN p.is_off_browser = 1 THEN coalesce(ts.person_number, td.person_number) END AS by_token,
        d.person_number AS by_device, d.how AS device_how, coalesce(d.is_shared, true) AS is_shared,
        x.person_number AS by_transaction,
        coalesce(td.person_number, ts.person_number) AS by_origin,
        n.person_number AS by_network_userid,
        s.person_number AS by_lone_session
    FROM links AS p
    LEFT JOIN session_keys AS k ON k.session_id = p.session_id
    LEFT JOIN user_lookup AS u ON u.user_id = p.user_id
    LEFT JOIN session_lookup AS s ON s.session_id = p.session_id
    LEFT JOIN session_lookup AS ts ON ts.session_id = p.token_sessionid AND NOT ts.is_alone
    LEFT JOIN device_lookup AS d ON d.domain_userid = p.domain_userid
    LEFT JOIN device_lookup AS td ON td.domain_userid = p.token_domain_userid
    LEFT JOIN transaction_lookup AS x ON x.transaction_id = p.transaction_id
    LEFT JOIN network_lookup AS n ON n.network_userid = p.network_userid
), joined AS (
    SELECT
        *,
        CASE
            WHEN by_user_id IS NOT NULL THEN 'user_id'
            WHEN by_session IS NOT NULL THEN 'session'
            WHEN by_token IS NOT NULL THEN 'token'
            WHEN by_device IS NOT NULL AND NOT is_shared THEN device_how
            WHEN by_transaction IS NOT NULL THEN 'transaction'
            WHEN by_device IS NOT NULL THEN device_how
            WHEN by_origin IS NOT NULL THEN 'token'
            WHEN by_network_userid IS NOT NULL THEN 'network_userid'
            WHEN by_lone_session IS NOT NULL THEN 'session'
        END AS how
    FROM found
)
SELECT
    link_number, session_number, device_number, session_id, first_at, last_at, events, first_number,
    is_off_browser, is_nameless, how,
    CASE
        WHEN how = 'user_id' THEN by_user_id
        WHEN by_session IS NOT NULL THEN by_session
        WHEN by_token IS NOT NULL THEN by_token
        WHEN by_device IS NOT NULL AND NOT is_shared THEN by_device
        WHEN by_transaction IS NOT NULL THEN by_transaction
        WHEN by_device IS NOT NULL THEN by_device
        WHEN by_origin IS NOT NULL THEN by_origin
        WHEN by_network_userid IS NOT NULL THEN by_network_userid
        ELSE by_lone_session
    END AS person_number
FROM joined
