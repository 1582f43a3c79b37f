-- One row a session that a user_id owns, or that is all there is to know somebody by, with the person.
SELECT u.session_id, l.person_id, 'session' AS how, false AS is_alone
FROM session_users AS u
JOIN user_lookup AS l ON l.user_id = u.user_id
UNION ALL
SELECT substr(node, 9), person_id, 'session', true
FROM node_persons
WHERE starts_with(node, 'session:')
