"""The same words for warehouses that nothing here runs on: rendered and parsed back, not executed."""

from __future__ import annotations

from collections.abc import Mapping

_ELEMENT = "JSON_EXTRACT_ARRAY_ELEMENT_TEXT(JSON_EXTRACT_PATH_TEXT({{a}}, 'data'), {place}, TRUE)"
_WHEN = (
    "WHEN STRPOS(JSON_EXTRACT_PATH_TEXT({element}, 'schema', TRUE), {{b}}) = 1"
    " THEN JSON_EXTRACT_PATH_TEXT({element}, 'data')"
)
_ELEMENTS = [_ELEMENT.format(place=place) for place in range(6)]
_DATEADD = "DATEADD(millisecond, -1 * CAST({b} AS INTEGER), {a})"

WAREHOUSES: Mapping[str, Mapping[str, str]] = {
    "snowflake": {
        "milliseconds earlier": _DATEADD,
        "seconds of 1970": "(DATE_PART(epoch_millisecond, {a}) / 1000)",
        "half, rounded down": "FLOOR({a} / {b})",
        "moment": "CAST({a} AS TIMESTAMP_NTZ)",
        "moment as text": "RTRIM(RTRIM(TO_VARCHAR({a}, 'YYYY-MM-DD HH24:MI:SS.FF6'), '0'), '.')",
        "key": "LOWER({a})",
        "sorted parameters": "ARRAY_TO_STRING(ARRAY_SORT(SPLIT({a}, '&')), '&')",
        "entity": (
            "GET(GET(FILTER(GET(PARSE_JSON({a}), 'data'),"
            " item -> STARTSWITH(CAST(GET(item, 'schema') AS VARCHAR), {b})), 0), 'data')"
        ),
        "field": "CAST(GET({a}, {b}) AS VARCHAR)",
        "words": "ARRAY_TO_STRING(ARRAY_CONSTRUCT_COMPACT({a}), ', ')",
        "is JSON": "(NOT TRY_PARSE_JSON({a}) IS NULL)",
    },
    "bigquery": {
        "seconds between": "(UNIX_SECONDS({b}) - UNIX_SECONDS({a}))",
        "milliseconds between": "(UNIX_MILLIS({b}) - UNIX_MILLIS({a}))",
        "milliseconds earlier": "TIMESTAMP_MILLIS(UNIX_MILLIS({a}) - {b})",
        "seconds of 1970": "(UNIX_MICROS({a}) / 1000000)",
        "before the first": "SPLIT({a}, {b})[SAFE_OFFSET(0)]",
        "moment": "CAST({a} AS TIMESTAMP)",
        "moment as text": "RTRIM(RTRIM(FORMAT_TIMESTAMP('%F %H:%M:%E6S', {a}), '0'), '.')",
        "key": "LOWER({a})",
        "sorted parameters": (
            "(SELECT STRING_AGG(part, '&' ORDER BY part) FROM UNNEST(SPLIT({a}, '&')) AS part)"
        ),
        "entity": (
            "(SELECT JSON_QUERY(item, '$.data') FROM UNNEST(JSON_QUERY_ARRAY({a}, '$.data')) AS item"
            " WITH OFFSET AS place WHERE STARTS_WITH(JSON_VALUE(item, '$.schema'), {b})"
            " ORDER BY place LIMIT 1)"
        ),
        "field": "LAX_STRING(PARSE_JSON({a})[{b}])",
        "words": "ARRAY_TO_STRING([{a}], ', ')",
        "texts in their order": "STRING_AGG({a}, '; ' ORDER BY {b})",
        "is JSON": "(NOT SAFE.PARSE_JSON({a}) IS NULL)",
    },
    "redshift": {
        "milliseconds earlier": _DATEADD,
        "seconds of 1970": "EXTRACT(EPOCH FROM {a})",
        "half, rounded down": "({a} / {b})",
        "moment as text": "RTRIM(RTRIM(TO_CHAR({a}, 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.')",
        "key": "LOWER({a})",
        # its arrays cannot be put in order within an expression
        "sorted parameters": "{a}",
        "entity": "CASE " + " ".join(_WHEN.format(element=element) for element in _ELEMENTS) + " END",
        "field": "NULLIF(JSON_EXTRACT_PATH_TEXT({a}, {b}, TRUE), '')",
        "word": "COALESCE({a} || ', ', '')",
        "words": "RTRIM({a}, ', ')",
        "is JSON": "IS_VALID_JSON({a})",
    },
}
"""By the name of the dialect; Databricks has Spark's words."""
