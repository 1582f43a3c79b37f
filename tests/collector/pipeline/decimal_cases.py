"""Decimals are money: what the pipeline makes of their texts (Java's BigDecimal, in Enrich)."""

from __future__ import annotations

from .case import Case, posted

_KINDS = {
    "se_va": ("se", "se_value"),
    "tr_tt": ("tr", "tr_total"),
    "tr_tx": ("tr", "tr_tax"),
    "tr_sh": ("tr", "tr_shipping"),
    "ti_pr": ("ti", "ti_price"),
}
_GOOD = {
    "42": "42",
    "0": "0",
    "-7": "-7",
    "+5": "5",
    "0.10": "0.10",
    "19.99": "19.99",
    "100.00": "100.00",
    "0.000001": "0.000001",
    "0.0000001": "1E-7",
    "1.0e-7": "1.0E-7",
    "12345678901234567890.12": "12345678901234567890.12",
    "123456789012345678901234567890": "123456789012345678901234567890",
    "1e22": "10000000000000000000000",
    "1E+2": "100",
    "1.5e3": "1500",
    "1.50e1": "15.0",
    "1e-2": "0.01",
    "007.50": "7.50",
    ".5": "0.5",
    "5.": "5",
    "-0": "0",
    "-0.00": "0.00",
    "0e999999": "0",
    "9007199254740993": "9007199254740993",
    "0.1000000000000000055511151231257827": "0.1000000000000000055511151231257827",
    "\u0664\u0662": "42",
    "\u0664\u0662.\u0665\u0660": "42.50",
    "\uff11\uff12": "12",
}
_BAD = [
    "",
    " ",
    " 5",
    "5 ",
    "dear",
    "1,5",
    "1_000",
    "NaN",
    "Infinity",
    "0x10",
    "1e",
    ".",
    "--1",
    "1.2.3",
    "1e1.5",
]

CASES: list[Case] = [
    *(
        posted(f"se_va {sent!r}", expected={"event": "struct"}, digits={"se_value": kept}, e="se", se_va=sent)
        for sent, kept in _GOOD.items()
    ),
    *(
        posted(f"{key} 0.10", expected={}, digits={column: "0.10"}, e=event, **{key: "0.10"})
        for key, (event, column) in _KINDS.items()
    ),
    *(
        posted(
            f"{key} of twenty digits",
            expected={},
            digits={column: "12345678901234567890.12"},
            e=event,
            **{key: "12345678901234567890.12"},
        )
        for key, (event, column) in _KINDS.items()
    ),
    *(
        posted(f"{key} null is nothing", expected={column: None}, e=event, **{key: word})
        for word, (key, (event, column)) in zip(
            ("null", "NULL", "Null", "nULL", "null"), _KINDS.items(), strict=True
        )
    ),
    *(
        posted(f"se_va {sent!r} is none", expected="is no decimal number", e="se", se_va=sent)
        for sent in _BAD
    ),
    *(
        posted(f"{key} empty", expected=f"{key} ({column})", e=event, **{key: ""})
        for key, (event, column) in _KINDS.items()
    ),
    posted(
        "an exponent that no memory holds",
        expected="has more than 1000 digits",
        different="Java tries to write the digits out, and fails or runs out of memory",
        e="se",
        se_va="1e100000000",
    ),
    posted("an exponent beyond all bounds", expected="is no decimal number", e="se", se_va="1e9999999999"),
]
