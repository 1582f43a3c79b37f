"""What each engine calls what sqlglot leaves out, makes up, or renders with another meaning.

Templates in the engine's own language; ``{a}``, ``{b}`` … are expressions in it already. What is not here is
sqlglot's. ``moment`` is a time without a zone, in UTC, down to the microsecond.
"""

from __future__ import annotations

from collections.abc import Mapping

CONSTRUCTS = {
    "seconds between": "how many seconds begin between {a} and {b}",
    "milliseconds between": "the same in milliseconds",
    "milliseconds earlier": "{a}, but {b} milliseconds before it",
    "seconds of 1970": "the seconds from 1970 to {a}, with their fraction",
    "half, rounded down": "the whole number {a} by the whole number {b}, rounded down",
    "before the first": "the text {a} up to the first {b} in it, or all of it",
    "key": "the text {a} of 32 hexadecimal digits in whatever is the same for the same ones, ordered by them",
    "moment": "{a}, a time or NULL, as a moment",
    "moment as text": "{a} as ``2026-03-14 09:00:00.12``, without zeros at the end",
    "sorted parameters": "the parts of {a} between ``&``, in the order of their bytes",
    "entity": "the data of the first entity in {a} whose schema begins with {b}, as the engine keeps JSON",
    "field": "the text that an object {a} has as {b}; NULL where it has none",
    "small letters": "the text {a} in small letters, those beyond ASCII too",
    "capital letters": "the text {a} in capital letters, those beyond ASCII too",
    "is JSON": "whether the text {a} is JSON",
    "text by bytes": "the text {a}, ordered by its bytes wherever it is ordered",
    "word": "how one of them is written, where ``words`` is not of a list",
    "words": "the texts in {a} that are not NULL, with commas between",
    "decimal": "{a}, text, number or NULL, as a decimal of {b} places, half rounded up; {c} is {b} + 1",
    "texts in their order": "the texts {a} of a group but NULL, in the order of {b}, with semicolons between",
    "value before": "the {a} of the row before, NULL where there is none",
    "value after": "the same of the row after",
}
"""By its name, what each means."""

SPELLINGS: Mapping[str, Mapping[str, str]] = {
    "postgres": {
        "seconds between": "CAST(floor(EXTRACT(EPOCH FROM {b})) - floor(EXTRACT(EPOCH FROM {a})) AS BIGINT)",
        "milliseconds between": (
            "CAST(floor(EXTRACT(EPOCH FROM {b}) * 1000) - floor(EXTRACT(EPOCH FROM {a}) * 1000) AS BIGINT)"
        ),
        "milliseconds earlier": "({a} - {b} * INTERVAL '1 millisecond')",
        "seconds of 1970": "EXTRACT(EPOCH FROM {a})",
        "half, rounded down": "({a} / {b})",
        "sorted parameters": (
            "(SELECT string_agg(part, '&' ORDER BY part COLLATE \"C\")"
            " FROM unnest(string_to_array({a}, '&')) AS parts(part))"
        ),
        "entity": (
            "(SELECT item -> 'data' FROM json_array_elements("
            "CASE WHEN json_typeof(CAST({a} AS JSON) -> 'data') = 'array'"
            " THEN CAST({a} AS JSON) -> 'data' END)"
            " WITH ORDINALITY AS items(item, place)"
            " WHERE starts_with(item ->> 'schema', {b}) ORDER BY place LIMIT 1)"
        ),
        "field": "({a} ->> {b})",
        "words": "array_to_string(ARRAY[{a}], ', ')",
        # by the order of bytes it knows ASCII's alone
        "small letters": '(lower({a} COLLATE "und-x-icu") COLLATE "C")',
        "capital letters": '(upper({a} COLLATE "und-x-icu") COLLATE "C")',
        "is JSON": "pg_temp.is_json({a})",
        "text by bytes": '{a} COLLATE "C"',
    },
    "clickhouse": {
        "seconds between": "dateDiff('second', {a}, {b})",
        "milliseconds between": "dateDiff('millisecond', {a}, {b})",
        "milliseconds earlier": "addMilliseconds({a}, -({b}))",
        "seconds of 1970": "(toUnixTimestamp64Micro({a}) / 1000000)",
        "half, rounded down": "intDiv({a}, {b})",
        "before the first": "substringIndex({a}, {b}, 1)",
        "key": "lower({a})",
        "moment": "CAST({a} AS Nullable(DateTime64(6, 'UTC')))",
        "moment as text": (
            "replaceRegexpOne(replaceRegexpOne("
            "toString({a}), '(\\\\.[0-9]*[1-9])0+$', '\\\\1'), '\\\\.0+$', '')"
        ),
        "sorted parameters": "arrayStringConcat(arraySort(splitByChar('&', assumeNotNull({a}))), '&')",
        "entity": (
            "JSONExtractRaw(arrayFirst(item -> startsWith(JSONExtractString(item, 'schema'), {b}),"
            " JSONExtractArrayRaw(assumeNotNull({a}), 'data')), 'data')"
        ),
        "field": "JSONExtract({a}, {b}, 'Nullable(String)')",
        "words": "arrayStringConcat(arrayFilter(word -> word IS NOT NULL, [{a}]), ', ')",
        "small letters": "lowerUTF8({a})",
        "capital letters": "upperUTF8({a})",
        "is JSON": "isValidJSON({a})",
        # what is cut one place further on is rounded as the whole would be
        "decimal": (
            "CAST(round(CAST({a} AS Nullable(Decimal(38, {c}))), {b}) AS Nullable(Decimal(38, {b})))"
        ),
        "texts in their order": (
            "nullIf(arrayStringConcat(arrayMap(one -> assumeNotNull(one.2), arraySort(one -> one.1,"
            " arrayFilter(one -> one.2 IS NOT NULL, groupArray(tuple({b}, {a}))))), '; '), '')"
        ),
        "value before": "lag(toNullable({a}))",
        "value after": "lead(toNullable({a}))",
    },
    "spark": {
        "seconds between": "(unix_seconds({b}) - unix_seconds({a}))",
        "milliseconds between": "(unix_millis({b}) - unix_millis({a}))",
        "milliseconds earlier": "timestamp_micros(unix_micros({a}) - {b} * 1000)",
        "seconds of 1970": "(unix_micros({a}) / 1000000)",
        "key": "lower({a})",
        "moment": "CAST({a} AS TIMESTAMP)",
        "sorted parameters": "array_join(array_sort(split({a}, '&')), '&')",
        "entity": (
            "get(filter(from_json({a}, 'STRUCT<data: ARRAY<STRUCT<schema: STRING, data: STRING>>>').data,"
            " item -> startswith(item.schema, {b})), 0).data"
        ),
        "field": "get_json_object({a}, concat('$.', {b}))",
        "texts in their order": (
            "nullif(array_join(transform(array_sort(collect_list(CASE WHEN {a} IS NOT NULL"
            " THEN named_struct('place', {b}, 'text', {a}) END)), one -> one.text), '; '), '')"
        ),
        "is JSON": "(try_parse_json({a}) IS NOT NULL)",
    },
}
"""By the name of the dialect."""
