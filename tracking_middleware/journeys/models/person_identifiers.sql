-- One row an identifier of a person: from when to when it was seen to be theirs, and the first event that says so:
-- one that carries it together with another identifier of theirs, where there is any. On a browser of several
-- persons each has it for the time of their own sessions; one to whom no event was left is none.
WITH spoken AS (
    SELECT
        p.person_id, l.first_at, l.last_at, l.first_number,
        l.user_id, l.domain_userid, l.network_userid, l.token, l.transaction_id,
        CASE WHEN l.user_id IS NOT NULL THEN 1 ELSE 0 END
            + CASE WHEN l.domain_userid IS NOT NULL THEN 1 ELSE 0 END
            + CASE WHEN l.network_userid IS NOT NULL THEN 1 ELSE 0 END
            + CASE WHEN l.transaction_id IS NOT NULL THEN 1 ELSE 0 END AS identifiers
    FROM owned_links AS l
    JOIN node_persons AS p ON p.node = l.owner
    WHERE p.person_number IN (SELECT o.person_number FROM owners AS o)
), rows_of_all AS (
    SELECT person_id, 'user_id' AS kind, user_id AS value, first_at, last_at, first_number,
        CASE WHEN identifiers > 1 THEN 0 ELSE 1 END AS weakness FROM spoken
    UNION ALL
    SELECT person_id, 'domain_userid', domain_userid, first_at, last_at, first_number,
        CASE WHEN user_id IS NOT NULL THEN 0 WHEN identifiers > 1 THEN 1 ELSE 2 END FROM spoken
    UNION ALL
    SELECT person_id, 'network_userid', network_userid, first_at, last_at, first_number,
        CASE WHEN identifiers > 1 THEN 0 ELSE 1 END FROM spoken
    UNION ALL
    SELECT person_id, 'token', token, first_at, last_at, first_number, 0 FROM spoken
    UNION ALL
    SELECT person_id, 'transaction', transaction_id, first_at, last_at, first_number,
        CASE WHEN identifiers > 1 THEN 0 ELSE 1 END FROM spoken
), told AS (
    SELECT
        person_id, kind, value,
        min(first_at) AS valid_from,
        max(last_at) AS valid_to,
        min(weakness * 1000000000000000 + first_number) % 1000000000000000 AS because_number
    FROM rows_of_all
    WHERE value IS NOT NULL
    GROUP BY person_id, kind, value
)
SELECT
    t.person_id, t.kind, t.value, t.valid_from, t.valid_to, CAST(k.event_id AS VARCHAR) AS because_event_id
FROM told AS t
JOIN event_keys AS k ON k.event_number = t.because_number
