-- One row a transaction's number, with the person whose it is.
SELECT substr(node, 13) AS transaction_id, person_number
FROM node_persons
WHERE starts_with(node, 'transaction:')
