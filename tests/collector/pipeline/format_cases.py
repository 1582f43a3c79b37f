"""Texts by the formats of JSON Schema: which the pipeline's validator takes, and which cost the event.

The validator is networknt's json-schema-validator 1.0.76, with the parser of moments that it uses (ITU 1.7.0)
and Java's LocalDate; both are under the Apache licence, and what they take was read there.
"""

from __future__ import annotations

from .case import Case, entity

_GOOD = {
    "uuid": [
        "11111111-1111-4111-8111-111111111111",
        "ABCDEF01-2345-6789-abcd-ef0123456789",
        "00000000-0000-0000-0000-000000000000",
    ],
    "date-time": [
        "2026-03-14T09:30:00Z",
        "2026-03-14 09:30:00Z",
        "2026-03-14t09:30:00z",
        "2026-03-14T09:30:00.123+05:30",
        "2026-03-14T09:30:00.Z",
        "2026-03-14T09:30:00.123456789-18:00",
        "2024-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2016-12-31T15:59:60-08:00",
        "2026-03-14T09:30:00+05x30",
    ],
    "date": ["2026-03-14", "2000-02-29", "0000-02-29", "-0001-12-31", "+12345-06-07"],
    "time": ["09:30:00", "09:30:00.5", "99:99:99"],
    "duration": ["P1D", "P2W", "PT0.5S", "P1Y2M3DT4H5M6S", "-P1D", "P1DT"],
    "email": [
        "ann@example.com",
        "ann.b+c@sub.example.co.uk",
        '"ann b"@example.com',
        "o'hara@example.com",
        "ann@b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.de",
        "ann@[192.0.2.1]",
        " ann@example.com ",
    ],
    "hostname": ["example.com", "localhost", "1.2.3", "xn--bcher-kva.de"],
    "ipv4": ["192.0.2.1", "0.0.0.0", "255.255.255.255"],
    "ip-address": ["192.0.2.1", "001.002.003.004"],
    "ipv6": ["::", "::1", "2001:db8::1", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::"],
    "uri": ["https://example.com/a?b=c#d", "mailto:ann@example.com", "https://[::1]:8080/", "a:", "urn:a%zz"],
    "color": ["#fff", "#a1b2c3", "fff0", "red", "rgb(1, 2,255)", "rgb(10%, 20%, 100%)"],
    "alpha": ["abcXYZ"],
    "alphanumeric": ["abc123"],
    "phone": ["+442079460000", "+44 20 7946 0000"],
    "utc-millisec": ["1700000000000", "1700000000000.5"],
    "style": ["color: red", "color: red;", "a:b;c:d"],
    # names that the validator does not know take anything
    "uri-reference": ["no reference \\"],
    "regex": ["("],
    "json-pointer": ["no pointer"],
    "idn-email": ["nobody"],
    "jsonschema": ["anything"],
}

_BAD = {
    "uuid": [
        "undefined",
        "",
        "11111111-1111-4111-8111-11111111111",
        "{11111111-1111-4111-8111-111111111111}",
    ],
    "date-time": [
        "2026-03-14",
        "2026-03-14T09:30Z",
        "2026-03-14T09:30:00",
        "2026-03-14_09:30:00Z",
        "2026-03-14T09:30:00-00:00",
        "2026-03-14T09:30:00+0530",
        "2026-03-14T09:30:00+18:01",
        "2026-03-14T24:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-03-14T09:30:00.1234567890Z",
        "2026-06-30T23:59:60Z",
        "2016-12-31T23:59:60+01:00",
        "2026-03-14T09:30:00Z ",
        "\N{ARABIC-INDIC DIGIT TWO}026-03-14T09:30:00Z",
    ],
    "date": [
        "2026-3-14",
        "2026-02-29",
        "2026-13-01",
        "12345-06-07",
        "+2026-03-14",
        "2026-03-14Z",
        "-0000-01-01",
    ],
    "time": ["09:30:00Z", "09:30:00+01:00", "9:30:00", "09:30", "09:30:00."],
    "duration": ["P", "PT", "1D", "P1S", "P1D2W", "P0.5D"],
    "email": [
        "ann",
        "ann@localhost",
        "ann@shop.test",
        "ann@example.com.",
        "ann..b@example.com",
        "ann b@example.com",
        "ann@-example.com",
        "a" * 65 + "@example.com",
        "ann@[192.0.2.256]",
    ],
    "hostname": ["a_b.com", "-a.com", "a..b", "example.com.", "a" * 64, ""],
    "ipv4": ["192.0.2", "192.0.2.01", "256.0.0.1", "192.0.2.1 "],
    "ip-address": ["256.0.0.1", "1.2.3"],
    "ipv6": ["192.0.2.1", "fe80::1%eth0", ":::", "12345::", " ::1"],
    "uri": [
        "/a/b",
        "https://example.com/a b",
        "https://example.com/[a]",
        "http://b\u00fccher.de/",
        "//a.b",
        "",
    ],
    "color": ["#ff", "#fffffff", "Red", "rgb(256,0,0)", "rgb(01,2,3)"],
    "alpha": ["abc1", "", "\u00e4"],
    "alphanumeric": ["abc-1", ""],
    "phone": ["442079460000", "+44 20", "+44  207946000", "+44-20-7946-0000"],
    "utc-millisec": ["-1", "1e3", ".5", ""],
    "style": ["red", ":red", "color:", "color:;", "a:b;c"],
}

CASES: list[Case] = [
    *(
        entity(f"{name} takes {text!r}", {"properties": {"value": {"format": name}}}, {"value": text})
        for name, texts in _GOOD.items()
        for text in texts
    ),
    *(
        entity(
            f"{name} refuses {text[:40]!r}",
            {"properties": {"value": {"format": name}}},
            {"value": text},
            failure="$.value: must be",
        )
        for name, texts in _BAD.items()
        for text in texts
    ),
    entity("a format is for texts only", {"properties": {"value": {"format": "uuid"}}}, {"value": 7}),
    entity(
        "what stands beside a $ref counts",
        {
            "definitions": {"name": {"type": "string"}},
            "properties": {"value": {"$ref": "#/definitions/name", "maxLength": 3}},
        },
        {"value": "four"},
        failure="$.value: must have 3 characters at most",
    ),
    entity(
        "and the $ref beside it too",
        {
            "definitions": {"name": {"type": "string"}},
            "properties": {"value": {"$ref": "#/definitions/name", "maxLength": 3}},
        },
        {"value": 4},
        failure="$.value: must be of type string",
    ),
    entity(
        "a $ref to another place is an empty schema",
        {"properties": {"value": {"$ref": "http://json-schema.org/draft-04/schema#"}}},
        {"value": {"type": "nothing"}},
    ),
    entity(
        "what stands beside a $ref to another place counts",
        {"properties": {"value": {"$ref": "https://schemas.example/a", "type": "string"}}},
        {"value": 7},
        failure="$.value: must be as its schema says",
    ),
    entity(
        "a property of the name $ref is a property",
        {"properties": {"$ref": {"type": "string"}}, "additionalProperties": False},
        {"$ref": "#/nowhere"},
    ),
    entity(
        "a $ref in an enum is data",
        {"properties": {"value": {"enum": [{"$ref": "http://a.example", "b": 1}]}}},
        {"value": {"$ref": "http://a.example", "b": 1}},
    ),
    entity(
        "a schema with Iglu's $schema",
        {
            "$schema": "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#",
            "type": "object",
        },
        {},
    ),
    entity(
        "a schema with the $schema of draft 4",
        {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"},
        {},
        failure="which the pipeline refuses",
    ),
]
