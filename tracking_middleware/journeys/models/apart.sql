-- One row an identifier that is to be kept apart from another, from either side: what ``separations`` says that was
-- known by then, or ever where it says no time.
WITH known AS (
    SELECT kind_a, value_a, kind_b, value_b
    FROM kept_apart AS p
    CROSS JOIN journey_settings AS s
    WHERE p.from_at IS NULL OR p.from_at <= CAST(s.known_at AS TIMESTAMP)
)
SELECT kind_a AS kind, value_a AS value, kind_b AS other_kind, value_b AS other_value FROM known
UNION
SELECT kind_b, value_b, kind_a, value_a FROM known
