-- One row a network_userid that a server sent, with the person that its browser belongs to.
SELECT substr(g.node, 16) AS network_userid, p.person_number
FROM device_groups AS g
JOIN node_persons AS p ON p.node = g.device_group
WHERE starts_with(g.node, 'network_userid:')
