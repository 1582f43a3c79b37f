"""Who a user agent says it is, in the SQL of an engine: by the names and expressions of ``agents.classify``.

Names of products are found as there, and what else is in the list too. What is in neither is judged by
the same expressions in the same order; a few odd ones come out otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...agents import browsers, expressions
from ...agents.listed import entries
from ...agents.products import products

_FIRST_WORD, _WORD, _PART, _START, _LISTED = range(1, 6)
_SEPARATORS = r"""[\s/;,()"'\[\]]"""
# not every engine knows what must not come before or after
_LOOKAHEAD = re.compile(r"compatible;\(\?! \*\(\?:([^()]*)\)\)")
_LOOKBEHINDS = (
    ("(?<!cu)bot", "(?:^|^u|[^u]|[^c]u)bot"),
    ("(?<!cam)scan", "(?:^|^m|^am|[^m]|[^a]m|[^c]am)scan"),
)
_NO_ADDRESSES = (
    r"(?:https?://)?(?:www\.)?(?:bsalsa|QtWeb|multibrowser|avantbrowser)\.\w+|By\.www\.|chrome://navigator/|"
    r"(?:://|www\.)[^();]*(?: Build/|; (?:rv:11\.0\)|Windows NT [^()]*Trident/))"
)
"""What browsers say that looks like an address."""
_EXCEPT_ADDRESSES = (browsers._NO_AGENTS, r"(?<!By\.)", "(?! MSIE| *; )")
_EXCEPT_CONSOLES = "(?!PlayStation|Nintendo|LG|Vodafone|Danger|compatible (?:MSIE|Konqueror))"
_EXCEPT_NAMES = re.compile(r"\(\?!\.\*(\(\?:[^()]*\))\)")


def names_query(dialect: str) -> str:
    """The query of ``agent_names``: ``how`` a name is found, and which comes first of those found alike."""
    rows = ", ".join(
        f"({', '.join(str(one) if isinstance(one, int) else _literal(one, dialect) for one in row)})"
        for row in _names()
    )
    columns = "how, place, name, agent_class, operator, product"
    return f"SELECT {columns} FROM (VALUES {rows}) AS names({columns})"  # noqa: S608


def _names() -> Iterator[tuple[int, int, str, str, str, str]]:
    """Those of the products, and the plain ones of the list."""
    known = products()
    tables = (
        (_FIRST_WORD, known.first_words.items()),
        (_WORD, known.words.items()),
        (_PART, known.parts),
        (_START, known.starts),
    )
    for how, table in tables:
        for place, (name, agent) in enumerate(table):
            yield how, place, name, agent.agent_class, agent.operator, agent.product
    for place, (text, agent_class) in enumerate(entries()[0]):
        yield _LISTED, place, text, agent_class, "", text.strip("/ ();")


class _Words(NamedTuple):
    """How an engine says that ``{a}`` has what the expression ``{b}`` says, and takes or replaces it."""

    has: str
    has_in_any_case: str
    begins: str
    replaced: str
    boundary: str = r"\b"


_WORDS: Mapping[str, _Words] = {
    "duckdb": _Words(
        "regexp_matches({a}, {b})",
        "regexp_matches({a}, {b}, 'i')",
        "nullif(regexp_extract({a}, {b}, 1), '')",
        "regexp_replace({a}, {b}, ' ', 'gi')",
    ),
    "postgres": _Words(
        "({a} ~ {b})",
        "({a} ~* {b})",
        "(regexp_match({a}, {b}))[1]",
        "regexp_replace({a}, {b}, ' ', 'gi')",
        r"\y",
    ),
    "spark": _Words(
        "({a} RLIKE {b})",
        "({a} RLIKE concat('(?i)', {b}))",
        "nullif(regexp_extract({a}, {b}, 1), '')",
        "regexp_replace({a}, concat('(?i)', {b}), ' ')",
    ),
}
_QUERY = """
WITH formed AS (
    SELECT u.useragent, u.said, {form} AS form
    FROM (
        SELECT DISTINCT s.useragent, substr(s.useragent, 1, {longest}) AS said
        FROM @staged_events@ AS s
        WHERE s.useragent IS NOT NULL
    ) AS u
), dressed AS (
    SELECT
        f.useragent, f.said, f.form,
        f.form IS NOT NULL AND NOT {only_a_name} AND NOT {of_agent} AND NOT {of_agent_after} AS is_browser
    FROM formed AS f
), asked AS (
    SELECT
        u.useragent, u.said, lower(u.said) AS small, ' ' || {words} || ' ' AS words, u.form, u.is_browser,
        CASE
            WHEN u.is_browser AND NOT {of_a_computer_s} THEN substr(u.said, length(u.form) + 1) ELSE u.said
        END AS looked
    FROM dressed AS u
), found AS (
    SELECT
        a.useragent, n.how, n.agent_class, n.operator, n.product,
        row_number() OVER (
            PARTITION BY a.useragent, CASE WHEN n.how = 5 THEN 1 ELSE 0 END
            ORDER BY
                CASE WHEN n.how <> 5 AND n.agent_class = 'tool' THEN 1 ELSE 0 END, n.how,
                CASE WHEN n.how = 2 THEN {word_at} ELSE n.place END, n.place
        ) AS rank
    FROM asked AS a
    JOIN @agent_names@ AS n ON CASE n.how
        WHEN 1 THEN {first_word_at} = 1
        WHEN 2 THEN {word_at} > 0
        WHEN 3 THEN {part_at} > 0
        WHEN 4 THEN {part_at} = 1
        ELSE {listed_at} > 0
    END
), judged AS (
    SELECT
        a.useragent, a.said, n.agent_class AS named, n.operator, n.product,
        l.agent_class AS listed, l.product AS listed_product, {pattern} AS pattern,
        a.form IS NOT NULL AS is_form, a.is_browser,
        a.form IS NULL AND {of_a_phone} AND NOT {an_address} AS is_phone
    FROM asked AS a
    LEFT JOIN found AS n ON n.useragent = a.useragent AND n.rank = 1 AND n.how <> 5
    LEFT JOIN found AS l ON l.useragent = a.useragent AND l.rank = 1 AND l.how = 5
)
SELECT
    j.useragent,
    CASE
        WHEN j.named IS NOT NULL THEN j.named
        WHEN NOT {anything} THEN 'unknown'
        WHEN j.is_phone THEN 'person'
        WHEN coalesce(j.listed, j.pattern) IS NOT NULL THEN coalesce(j.listed, j.pattern)
        WHEN j.is_browser THEN 'person'
        WHEN j.is_form OR {an_agent} THEN 'other_bot'
        WHEN {of_a_device} THEN 'person'
        WHEN {a_tool} THEN 'tool'
        WHEN {of_a_computer} THEN 'unknown'
        ELSE 'other_bot'
    END AS agent_class,
    coalesce(j.operator, '') AS operator,
    CASE
        WHEN j.named IS NOT NULL THEN j.product WHEN j.is_phone THEN '' ELSE coalesce(j.listed_product, '')
    END AS product,
    CASE
        WHEN j.named IS NOT NULL THEN 'declared'
        WHEN NOT j.is_phone AND coalesce(j.listed, j.pattern) IS NOT NULL THEN 'declared'
        ELSE 'guessed'
    END AS proof
FROM judged AS j"""


def user_agents_query(dialect: str) -> str:
    """The query of ``user_agents``; ``@…@`` stand for the tables that it is made of."""
    words = _WORDS[dialect]

    def has(column: str, pattern: str) -> str:
        return words.has_in_any_case.format(a=column, b=_expression(pattern, dialect))

    def without(column: str, pattern: str) -> str:
        return words.replaced.format(a=column, b=_expression(pattern, dialect))

    bare, exceptions = _without_lookahead(expressions.SAID_BY_AGENTS_OF_A_DEVICE)
    device = without(without("f.form", exceptions), _NO_ADDRESSES)
    after = without(without("substr(f.said, length(f.form) + 1)", "compatible;(?: MSIE| *; )"), _NO_ADDRESSES)
    only_a_name = expressions.ONLY_A_NAME.replace(_EXCEPT_CONSOLES, "")
    consoles = only_a_name.partition("[")[0] + _EXCEPT_CONSOLES.replace("?!", "")
    a_tool, other_names = _without_names(expressions.A_TOOL)
    at = "instr({}, {})" if dialect == "spark" else "strpos({}, {})"
    return _QUERY.format(
        longest=expressions.LONGEST,
        words=words.replaced.format(a="lower(u.said)", b=_expression(_SEPARATORS, dialect)),
        form=words.begins.format(a="u.said", b=_expression(f"^({expressions.FORM})", dialect)),
        word_at=at.format("a.words", "' ' || n.name || ' '"),
        first_word_at=at.format("ltrim(a.words)", "n.name || ' '"),
        part_at=at.format("a.small", "n.name"),
        listed_at=at.format("a.looked", "n.name"),
        pattern=_patterns(words, dialect),
        only_a_name=f"({has('f.said', f'^{only_a_name}$')} AND NOT {has('f.said', f'^{consoles}')})",
        of_agent=has(device, _without_addresses(bare)),
        of_agent_after=has(after, _without_lookbehinds(_without_addresses(expressions.SAID_BY_AGENTS))),
        of_a_computer_s=has("u.form", expressions.OF_A_COMPUTER_S_BROWSER),
        of_a_phone=has("a.said", expressions.OF_A_PHONE),
        an_address=has("a.said", expressions.AN_ADDRESS),
        a_tool=f"({has('j.said', f'^{a_tool}')} AND NOT {has('j.said', other_names)})",
        anything=has("j.said", r"\S"),
        an_agent=has("j.said", _without_lookbehinds(expressions.AN_AGENT)),
        of_a_device=has("j.said", expressions.OF_A_DEVICE),
        of_a_computer=has("j.said", expressions.OF_A_COMPUTER),
    )


def _patterns(words: _Words, dialect: str) -> str:
    """The class of the first entry of the list, of those that are expressions."""
    cases = (
        f"WHEN {words.has.format(a='a.looked', b=_expression(pattern.pattern, dialect))} THEN '{agent_class}'"
        for pattern, agent_class in entries()[1]
    )
    return f"CASE {' '.join(cases)} END"


def _without_lookahead(pattern: str) -> tuple[str, str]:
    """The expression, and what is to be taken out of a text before it is looked for."""
    found = _LOOKAHEAD.search(pattern)
    if found is None:
        return pattern, "compatible; nothing"
    return pattern.replace(found[0], "compatible;"), rf"\bcompatible; *(?:{found[1]})"


def _without_lookbehinds(pattern: str) -> str:
    for looking, written in _LOOKBEHINDS:
        pattern = pattern.replace(looking, written)
    return pattern


def _without_addresses(pattern: str) -> str:
    """The expression for texts out of which those were taken that look like an address and are none."""
    for looking in _EXCEPT_ADDRESSES:
        pattern = pattern.replace(looking, "")
    return pattern


def _without_names(pattern: str) -> tuple[str, str]:
    """The expression, and what a text that has it must not have anywhere."""
    found = _EXCEPT_NAMES.match(pattern)
    return (pattern, "(?:nothing else)") if found is None else (pattern[found.end() :], found[1])


def _expression(pattern: str, dialect: str) -> str:
    # within brackets not every engine takes a class that is the opposite of another
    return _literal(pattern.replace("[\\s\\S]", "(.|\\n)").replace(r"\b", _WORDS[dialect].boundary), dialect)


def _literal(text: str, dialect: str) -> str:
    from sqlglot import exp

    return exp.Literal.string(text).sql(dialect)
