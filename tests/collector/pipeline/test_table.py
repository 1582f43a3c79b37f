"""Each line of the tables, sent to a collector as bytes on a socket."""

from __future__ import annotations

import importlib
import pkgutil
import re
import socket

import pytest

from tracking_middleware.protocol.columns import COLUMNS

from ...conftest import PATIENCE, Collector
from ..conftest import write
from . import __path__ as folder
from .case import Case

CASES = [
    pytest.param(case, id=f"{module.name.removesuffix('_cases')}: {case.name}")
    for module in pkgutil.iter_modules(folder)
    if module.name.endswith("_cases")
    for case in importlib.import_module(f"{__package__}.{module.name}").CASES
]


def send(collector, case: Case) -> int:
    """The status of the answer."""
    address = (collector.client.base_url.host, collector.client.base_url.port)
    headers = {"Host": "collector.example", "Connection": "close", **case.headers}
    if case.body or case.method == "POST":
        headers["Content-Length"] = str(len(case.body))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        connection.sendall(f"{case.method} {case.target} HTTP/1.1\r\n{head}\r\n".encode() + case.body)
        with connection.makefile("rb") as answer:
            return int(answer.readline().split()[1])


@pytest.fixture(scope="module")
def with_schemas(tmp_path_factory):
    """A collector that has the schemas of all cases."""
    folder = tmp_path_factory.mktemp("schemas")
    for case in (parameters.values[0] for parameters in CASES):
        for name, schema in case.schemas.items():
            write(folder, schema, name=name)
    collector = Collector("--schemas", str(folder), "--unknown-schemas", "bad")
    yield collector
    collector.stop()


@pytest.fixture
def asked(case, request):
    """The collector that a case is sent to, without events."""
    if not case.schemas:
        return request.getfixturevalue("collector")
    collector = request.getfixturevalue("with_schemas")
    collector.reset()
    return collector


@pytest.mark.parametrize("case", CASES)
def test_it_is_what_the_pipeline_makes_of_it(asked, case):
    collector = asked
    assert send(collector, case) == 200
    good, bad = collector.good(), collector.bad()
    if case.failure is not None:
        assert not good
        (shape,) = bad
        assert case.failure in "\n".join(shape["reasons"])
        return
    assert not bad, bad[0]["reasons"]
    (shape,) = good
    assert {name: shape["event"][name] for name in case.columns} == dict(case.columns)
    assert_digits(collector, case)


def assert_digits(collector, case: Case) -> None:
    """In the text of the answers, which a reader would make floats of."""
    shown = collector.get("/micro/good").text
    fields = collector.get("/export.tsv").text.rstrip("\n").split("\t")
    for name, digits in case.digits.items():
        assert re.findall(rf'"{name}":([^,}}]*)', shown) == [digits]
        assert fields[COLUMNS.index(name)] == digits
