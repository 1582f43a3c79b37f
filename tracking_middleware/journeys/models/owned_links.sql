-- One row of ``sound_links`` with its owner: the node of the graph of persons that it speaks of.
-- A user_id owns what carries it; else the one user_id of its session does, or of the session that its token
-- was made in; else the browser, else the session alone. ``is_left`` is what on a browser of several persons
-- nobody owns.
SELECT
    l.*,
    coalesce(
        'user_id:' || l.user_id, 'user_id:' || su.user_id, 'user_id:' || tu.user_id,
        dg.device_group, tg.device_group, ng.device_group, 'session:' || l.session_id,
        'transaction:' || l.transaction_id
    ) AS owner,
    coalesce(l.user_id, su.user_id, tu.user_id) IS NULL AND coalesce(gu.users, 0) > 1 AS is_left
FROM sound_links AS l
LEFT JOIN session_users AS su ON su.session_id = l.session_id
LEFT JOIN session_users AS tu ON tu.session_id = l.token_sessionid
LEFT JOIN device_groups AS dg ON dg.node = 'domain_userid:' || l.domain_userid
LEFT JOIN device_groups AS tg ON tg.node = 'domain_userid:' || l.token_domain_userid
LEFT JOIN device_groups AS ng ON ng.node = 'network_userid:' || l.network_userid
LEFT JOIN group_users AS gu ON gu.device_group = coalesce(dg.device_group, tg.device_group, ng.device_group)
