-- One row an identifier with its node of the graph of persons, and the label that all nodes of one person have.
SELECT n.kind, n.value, n.first_at, n.node, coalesce(c.label, n.node) AS label
FROM node_identifiers AS n
LEFT JOIN person_components AS c ON c.node = n.node
