-- One row a user_id that may be a person's, with the person.
SELECT DISTINCT l.user_id, p.person_number
FROM sound_links AS l
JOIN node_persons AS p ON p.node = 'user_id:' || l.user_id
