-- One row a node of the graph of persons, with its person.
SELECT DISTINCT l.node, p.person_number, p.person_id
FROM node_labels AS l
JOIN person_keys AS p ON p.label = l.label
