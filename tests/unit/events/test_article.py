"""``Article2`` and the entities of a shop: what they write is valid by the schemas there are."""

from __future__ import annotations

import ast
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import get_args, get_type_hints

import duckdb
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware import Article, Article2
from tracking_middleware.collector.schemas.iglu import load_iglu
from tracking_middleware.events import commerce
from tracking_middleware.events.entities import encode_entity, schema_of

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "metadata.md").read_text()
SCHEMAS = Path(__file__).resolve().parents[3] / "tracking_middleware" / "events" / "schemas"
SHOP = [commerce.Product, commerce.Transaction, commerce.Refund, commerce.Cart, commerce.Page]


@pytest.fixture(scope="module")
def problems():
    """What the collector would say of an entity, or an event."""
    check = load_iglu().validation.for_request()

    def said(value):
        role = "event" if isinstance(value, commerce.Action) else "entity"
        described = json.loads(encode_entity(value, role)[1])
        return [problem.sentence for problem in check(described, "entity", [])]

    return said


def written(value):
    return json.loads(encode_entity(value)[1])["data"]


def texts(longest):
    return st.text(st.characters(codec="utf-8"), max_size=longest)


moments = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
articles = st.builds(
    Article2,
    id=st.text(st.characters(codec="utf-8"), min_size=1, max_size=255),
    headline=st.none() | texts(1024),
    headline_variant=st.none() | texts(255),
    authors=st.lists(texts(255), max_size=3) | texts(255),
    sections=st.lists(texts(255), max_size=3) | st.tuples(texts(255)),
    subject=st.none() | texts(1024),
    tags=st.none() | st.lists(texts(255), max_size=3),
    published=st.none() | moments | st.dates(date(1900, 1, 2), date(2200, 1, 1)),
    modified=st.none() | moments,
    words=st.none() | st.integers(0, 2147483647),
    content_type=st.none() | texts(255),
    access=st.sampled_from([None, "free", "metered", "paid"]),
    reader=st.sampled_from([None, "anonymous", "registered", "subscriber"]),
    language=st.none() | texts(35),
    edition=st.none() | texts(255),
    template=st.none() | texts(255),
)


@given(articles)
def test_whatever_an_article_says_within_its_limits_is_valid(problems, article):
    assert problems(article) == []


def test_what_is_not_known_is_not_sent():
    assert written(Article2(id="a-1")) == {"id": "a-1"}


def test_the_schema_has_the_fields_of_the_class():
    path = SCHEMAS / schema_of(Article2).removeprefix("iglu:")
    properties = json.loads(path.read_text())["properties"]
    assert list(properties) == list(Article2.__struct_fields__)
    for name in ("access", "reader"):
        (literal, _) = get_args(get_type_hints(Article2)[name])
        assert properties[name]["enum"] == [*get_args(literal), None]


def test_one_text_for_a_list_is_a_list_of_one():
    article = Article2(id="a", authors="Ada Byron", sections="News", tags="rivers")
    assert (article.authors, article.sections, article.tags) == (("Ada Byron",), ("News",), ("rivers",))


def test_a_day_is_the_moment_that_it_begins_at():
    told = written(Article2(id="a", published=date(2026, 3, 14)))["published"]
    assert datetime.fromisoformat(told) == datetime(2026, 3, 14).astimezone()


def test_the_first_day_of_all_times_raises_nothing_into_a_view():
    assert Article2(id="a", published=date.min).published == datetime.min  # noqa: DTZ901


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"access": "closed"}, "must be one of"),
        ({"reader": "Ada"}, "must be one of"),
        ({"words": -1}, "must be 0 at least"),
    ],
)
def test_what_no_article_has_is_bad(problems, wrong, sentence):
    (said,) = problems(Article2(id="a", **wrong))
    assert f"$.{next(iter(wrong))}: {sentence}" in said


@pytest.mark.parametrize(
    "value",
    [
        commerce.Action(type="transaction"),
        commerce.Product(id="RS-1", category="Women/Shoes", price=Decimal("19.99"), currency="EUR"),
        commerce.Product(
            id="RS-1",
            category="Women/Shoes",
            price=19.99,
            currency="EUR",
            name="Shoe",
            list_price=Decimal("29.90"),
            quantity=2,
            size="41",
            variant="red",
            brand="Acme",
            inventory_status="in stock",
            position=3,
            creative_id="front",
        ),
        commerce.Transaction(
            transaction_id="T-1",
            revenue=Decimal("59.90"),
            currency="EUR",
            payment_method="card",
            total_quantity=2,
            tax=Decimal("9.56"),
            shipping=0,
            discount_code="MAY",
            discount_amount=Decimal(5),
            credit_order=False,
        ),
        commerce.Refund(
            transaction_id="T-1", refund_amount=Decimal("9.90"), currency="EUR", refund_reason="size"
        ),
        commerce.Cart(total_value=Decimal("59.90"), currency="EUR", cart_id="C-1"),
        commerce.Page(type="product page", language="en", locale="en-GB"),
    ],
)
def test_what_a_shop_says_is_valid_by_iglu_centrals_schemas(problems, value):
    assert problems(value) == []


@pytest.mark.parametrize("kind", SHOP, ids=lambda kind: kind.__name__)
def test_a_shops_classes_have_the_fields_of_the_schemas(kind):
    standard = SCHEMAS.parents[1] / "collector" / "schemas" / "standard"
    schema = json.loads((standard / schema_of(kind).removeprefix("iglu:")).read_text())
    assert set(schema["properties"]) == set(kind.__struct_fields__)
    required = {field.name for field in msgspec.structs.fields(kind) if field.required}
    assert set(schema["required"]) == required


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.mark.parametrize("block", blocks("python"))
def test_the_documents_examples_run(block):
    exec(compile(ast.parse(block), "docs/metadata.md", "exec"), {})


def test_the_migration_of_the_document_keeps_what_the_first_version_said():
    names: dict = {}
    exec(next(block for block in blocks("python") if "def second" in block), names)
    first = Article(
        id="a", subject="floods", tags=["x"], author="Ada", length=5, written=date(2026, 1, 2), section="N"
    )
    assert names["second"](first) == Article2(
        id="a",
        authors=["Ada"],
        sections=["N"],
        subject="floods",
        tags=["x"],
        published=date(2026, 1, 2),
        words=5,
    )
    assert written(names["second"](Article("a"))) == {"id": "a"}


def test_the_view_of_the_document_shows_both_versions_as_one():
    (view,) = blocks("sql")
    with duckdb.connect() as connection:
        connection.execute(
            "create table org_tracking_middleware_article_1 as select 'e1' root_id, 'a' id, 's' subject, "
            "'Ada' author, 'News' section, 5 length, null::timestamptz published, 'en' \"language\"; "
            "create table org_tracking_middleware_article_2 as select 'e2' root_id, 'b' id, null subject, "
            "['Max', 'Eve'] authors, ['News'] sections, 6 words, null::timestamptz published, "
            "'en' \"language\""
        )
        connection.execute(view)
        rows = connection.execute(
            "select root_id, first_author, first_section, words from articles order by root_id"
        ).fetchall()
    assert rows == [("e1", "Ada", "News", 5), ("e2", "Max", "News", 6)]
