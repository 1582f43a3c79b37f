-- One row a session that a user_id owns, or that is all there is to know somebody by, with the person.
SELECT u.session_id, l.person_number, 'session' AS how, false AS is_alone
FROM session_users AS u
JOIN user_lookup AS l ON l.user_id = u.user_id
UNION ALL
SELECT substr(node, 9), person_number, 'session', true
FROM node_persons
WHERE starts_with(node, 'session:')
