"""From the models' SQL, which is DuckDB's, to that of another engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from .spellings import SPELLINGS
from .warehouses.words import WAREHOUSES

if TYPE_CHECKING:
    from sqlglot import exp

_UNITS = {"SECOND": "seconds between", "MILLISECOND": "milliseconds between"}


@cache
def translated(sql: str, dialect: str) -> str:
    """A query of ours in another dialect; raises sqlglot.errors.SqlglotError where it cannot be said."""
    import sqlglot
    from sqlglot.errors import ErrorLevel

    tree = sqlglot.parse_one(sql, read="duckdb")
    return _Spelling(dialect).spelled(tree).sql(dialect, comments=False, unsupported_level=ErrorLevel.RAISE)


class _Spelling:
    """Puts the engine's own words in place of what its table has."""

    def __init__(self, dialect: str) -> None:
        from sqlglot import exp

        self._dialect = dialect
        words = {**SPELLINGS, **WAREHOUSES, "databricks": SPELLINGS["spark"]}
        self._words = words.get(dialect, {})
        self._rules: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr | None]] = {
            exp.DateDiff: self._between,
            exp.Sub: self._earlier,
            exp.TimeToUnix: lambda node: self._say("seconds of 1970", node.this),
            exp.IntDiv: lambda node: self._say("half, rounded down", node.this, node.expression),
            exp.Cast: self._cast,
            exp.Lower: lambda node: self._say("small letters", node.this),
            exp.Upper: lambda node: self._say("capital letters", node.this),
            exp.ArrayToString: self._sorted,
            exp.SplitPart: lambda node: self._say("before the first", node.this, node.args["delimiter"]),
            exp.Dot: self._field,
            exp.Column: self._column,
            exp.Anonymous: self._named,
            exp.ConcatWs: self._concat,
            exp.Table: self._table,
            exp.Select: self._aliased,
            exp.Window: self._numbered,
            exp.Lag: lambda node: self._say("value before", node.this),
            exp.GroupConcat: self._listed,
            exp.Lead: lambda node: self._say("value after", node.this),
        }

    def spelled(self, tree: exp.Expr) -> exp.Expr:
        """The tree, changed from its leaves on."""

        for node in reversed(list(tree.walk())):
            rule = self._rules.get(type(node))
            if rule is None or (said := rule(node)) is None:
                continue
            if node is tree:
                return said
            node.replace(said)
        return tree

    def _sql(self, node: exp.Expr) -> str:
        return node.sql(self._dialect, comments=False)

    def _say(self, construct: str, *given: exp.Expr | str) -> exp.Expr | None:
        """What the engine's table says, None where sqlglot is right."""
        from sqlglot import exp

        if construct not in self._words:
            return None
        texts = [one if isinstance(one, str) else self._sql(one) for one in given]
        return exp.Var(this=self._words[construct].format(**dict(zip("abc", texts, strict=False))))

    def _between(self, node: exp.Expr) -> exp.Expr | None:
        return self._say(_UNITS[str(node.args["unit"]).upper()], node.expression, node.this)

    def _earlier(self, node: exp.Expr) -> exp.Expr | None:
        from sqlglot import exp

        taken = node.expression
        if not isinstance(taken, exp.Anonymous) or taken.name.lower() != "to_milliseconds":
            return None
        return self._say("milliseconds earlier", node.this, taken.expressions[0])

    def _cast(self, node: exp.Expr) -> exp.Expr | None:
        from sqlglot import exp

        if node.args["to"].is_type("timestamp", "timestampntz", "datetime"):
            return self._say("moment", node.this)
        if node.args["to"].is_type("uuid"):
            return self._say("key", node.this)
        if node.args["to"].is_type("decimal"):
            return self._decimal(node)
        is_text = node.args["to"].is_type(*exp.DataType.TEXT_TYPES)
        is_moment = isinstance(node.this, exp.Column) and node.this.name.endswith(
            ("_at", "_tstamp", "moment")
        )
        if not is_text or not is_moment:
            return None
        return self._say("moment as text", node.this)

    def _decimal(self, node: exp.Expr) -> exp.Expr | None:
        """ClickHouse's of few digits do not grow when they are multiplied, and are cut where others round."""
        places = int(node.args["to"].expressions[1].name)
        return self._say("decimal", node.this, str(places), str(places + 1))

    def _sorted(self, node: exp.Expr) -> exp.Expr | None:
        from sqlglot import exp

        # which of the two list_sort is depends on sqlglot's version
        if type(node.this).__name__ not in {"ArraySort", "SortArray"} or not isinstance(
            node.this.this, exp.Split
        ):
            return None
        return self._say("sorted parameters", node.this.this.this)

    def _concat(self, node: exp.Expr) -> exp.Expr | None:
        words = [self._sql(one) for one in node.expressions[1:]]
        if (word := self._words.get("word")) is not None:
            return self._say("words", " || ".join(word.format(a=one) for one in words))
        return self._say("words", ", ".join(words))

    def _listed(self, node: exp.Expr) -> exp.Expr | None:
        """``string_agg(…, '; ' ORDER BY …)``."""
        order = node.this
        return self._say("texts in their order", order.this, order.expressions[0].this)

    def _field(self, node: exp.Expr) -> exp.Expr | None:
        """``list_filter(from_json(…).data, lambda e: starts_with(e.schema, …))[1].data``, and its fields."""
        from sqlglot import exp

        inner = node.this
        if isinstance(inner, exp.Bracket) and isinstance(inner.this, exp.ArrayFilter):
            found = inner.this
            asked = found.expression.this
            read = found.this.this  # from_json, which older versions of sqlglot do not know
            text = read.expressions[0] if isinstance(read, exp.Anonymous) else read.this
            return self._say("entity", text, asked.expression)
        if isinstance(inner, exp.Var):
            return self._say("field", inner, f"'{node.expression.name}'")
        return None

    def _column(self, node: exp.Expr) -> exp.Expr | None:
        """``l.crossing.session_id``: a field of what an entity was put into."""
        from sqlglot import exp

        if not isinstance(node, exp.Column) or not node.args.get("db"):
            return None
        whole = exp.column(node.table, table=node.db)
        return self._say("field", whole, f"'{node.name}'")

    def _named(self, node: exp.Expr) -> exp.Expr | None:
        """What only we or DuckDB call by such a name."""
        if node.name.lower() == "json_valid":
            return self._say("is JSON", node.expressions[0])
        if node.name.lower() == "bytewise":
            return self._say("text by bytes", node.expressions[0]) or node.expressions[0]
        return None

    def _aliased(self, node: exp.Expr) -> exp.Expr | None:
        """ClickHouse calls ``l.event_id`` that, with its dot, where another table has the name too."""
        from sqlglot import exp

        if self._dialect == "clickhouse":
            names = Counter(one.alias_or_name for one in node.expressions)
            columns = [
                exp.alias_(one, one.name)
                if isinstance(one, exp.Column) and one.table and not one.is_star and names[one.name] == 1
                else one
                for one in node.expressions
            ]
            node.set("expressions", columns)
        return None

    def _numbered(self, node: exp.Expr) -> exp.Expr | None:
        """``row_number() OVER ()``: Spark wants an order for it, if only one that says nothing."""
        from sqlglot import exp

        if self._dialect == "bigquery" and node.args.get("spec"):
            for ordered in node.find_all(exp.Ordered):  # it has no NULLS LAST there, and we no NULL
                ordered.set("nulls_first", not ordered.args.get("desc"))
        has_order = node.args.get("order") or node.args.get("alias")
        if (
            self._dialect in {"spark", "databricks"}
            and isinstance(node.this, exp.RowNumber)
            and not has_order
        ):
            node.set(
                "order", exp.Order(expressions=[exp.Ordered(this=exp.Literal.number(1), nulls_first=True)])
            )
        return None

    def _table(self, node: exp.Expr) -> exp.Expr | None:
        """``scratch`` is a database of DuckDB's alone."""
        from sqlglot import exp

        if isinstance(db := node.args.get("db"), exp.Identifier) and db.name == "scratch":
            node.set("db", None)
        return None
