"""Spark, in the process or on a cluster: each table is a folder of Parquet, and so are the events.

Working tables are written too: a plan that holds all models at once is not one that Spark gets through. The
new tables take the place of the old ones at the end, by renaming folders one after the other.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from .engine import Engine, EngineError, HeldError, Kind, SourceError, marks_first

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # what is wrong ends the run, where it would else be NULL
}
_LOCAL = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "4",
    "spark.driver.memory": "2g",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}
"""Of a session of our own in this process; ``spark-submit`` says what is right on a cluster."""
_TYPES = {"VARCHAR": "STRING"}
_MAKING, _OLD, _RUNNING = ".making", ".old", ".making/_RUNNING"
DAY = "collector_day"
"""The folder of ``events`` has a folder for each day on which the collector got them."""


class Spark(Engine):
    """A session, by its master (where empty, that of ``spark-submit``, else this process), and our folder.

    Raises EngineError where there is no such session, as without Java, or the folder has no name.
    """

    dialect: ClassVar[str] = "spark"

    def __init__(self, address: str, *, schema: str) -> None:
        with _told("a session"):
            self._spark = _session(address)
            for name, value in _SETTINGS.items():
                self._spark.conf.set(name, value)
            self._files = _Files(self._spark, schema)
        self.place = f"the folder {self._files.folder}"
        self._is_begun = False
        self._kept: list[str] = []

    def begin(self) -> None:
        with _told("the folder"):
            since = f"process {os.getpid()} on {socket.gethostname()}, since {datetime.now(UTC):%F %T} UTC"
            if not self._files.claim(_RUNNING, since):
                raise HeldError(
                    f"another run makes the tables in {self._files.folder}: {self._files.text(_RUNNING)}; "
                    f"if it is over, delete {self._files.path(_MAKING)}"
                )
            self._is_begun = True
            self._files.put_back(_OLD)

    def source(self, table: str) -> tuple[str, Mapping[str, str]]:
        """A folder of Parquet where the name has a slash, else a table of the catalogue."""
        with _told(table):
            if "/" in table:
                if not self._files.is_there(table):
                    return table, {}
                if self._files.holds(table):
                    raise SourceError(
                        f"{table} is in {self._files.folder}, which is for our tables: name another"
                    )
                self._spark.read.parquet(table).createOrReplaceTempView("given_events")
                return "given_events", dict(self._spark.table("given_events").dtypes)
            if not self._spark.catalog.tableExists(table):
                if self._files.is_there(table):
                    raise SourceError(f"{table} is no table of the catalogue; the folder is ./{table}")
                return table, {}
            return table, dict(self._spark.table(table).dtypes)

    def has(self, table: str) -> bool:
        return self._files.is_there(self._files.path(table))

    def before(self, table: str) -> str | None:
        if not self.has(table):
            return None
        self._spark.read.parquet(self._files.path(table)).createOrReplaceTempView(f"{table}_of_before")
        return f"{table}_of_before"

    def make(self, name: str, kind: Kind, query: str) -> None:
        with _told(name):
            path = self._files.path(f"{_MAKING}/{name}")
            frame = self._spark.sql(query)
            frame.write.parquet(path)
            self._spark.read.schema(frame.schema).parquet(path).createOrReplaceTempView(name)
        if kind in {"kept", "view"}:
            self._kept.append(name)

    def make_events(self, query: str) -> None:
        """By days, for whoever asks for a few of them."""
        with _told("events"):
            path = self._files.path(f"{_MAKING}/events")
            dated = f"SELECT *, to_date(collector_tstamp) AS {DAY} FROM ({query})"  # noqa: S608
            self._spark.sql(dated).repartition(DAY).write.partitionBy(DAY).parquet(path)
            self._spark.read.parquet(path).drop(DAY).createOrReplaceTempView("events")
        self._kept.append("events")

    def fill(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
        typed = ", ".join(f"{column} {_TYPES.get(kind, kind)}" for column, kind in columns.items())
        with _told(name):
            self._spark.createDataFrame([tuple(row) for row in rows], typed).createOrReplaceTempView(name)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with _told("an answer"):
            return [tuple(row) for row in self._spark.sql(query).collect()]

    def drop(self, name: str) -> None:
        self._spark.catalog.dropTempView(name)
        self._files.delete(f"{_MAKING}/{name}")

    def finish(self) -> None:
        with _told("the whole"):
            for name in marks_first(self._kept):
                self._files.replace(f"{_MAKING}/{name}", name, old=f"{_OLD}/{name}")
            self._files.delete(_OLD)

    def close(self) -> None:
        if self._is_begun:
            self._files.delete(_MAKING)


class _Files:
    """Folders in whatever Spark reads and writes: this machine's disk, HDFS, an object store."""

    def __init__(self, spark: Any, folder: str) -> None:
        self._hadoop = spark._jvm.org.apache.hadoop.fs  # PySpark has no other way to files
        configuration = spark._jsc.hadoopConfiguration()
        here = self._hadoop.Path(folder)
        self._system = here.getFileSystem(configuration)
        self.folder = str(self._system.makeQualified(here))

    def path(self, name: str) -> str:
        return f"{self.folder}/{name}"

    def is_there(self, path: str) -> bool:
        return bool(self._system.exists(self._hadoop.Path(path)))

    def holds(self, path: str) -> bool:
        whole = str(self._system.makeQualified(self._hadoop.Path(path)))
        return f"{whole}/".startswith(f"{self.folder}/")

    def claim(self, name: str, text: str) -> bool:
        """Write a file that is not there yet; False where it is."""
        path = self._hadoop.Path(self.path(name))
        if not self._system.createNewFile(path):
            return False
        stream = self._system.create(path, True)  # noqa: FBT003
        stream.write(bytearray(text.encode()))
        stream.close()
        return True

    def text(self, name: str) -> str:
        stream = self._system.open(self._hadoop.Path(self.path(name)))
        try:
            return bytes(stream.readAllBytes()).decode()
        finally:
            stream.close()

    def replace(self, new: str, name: str, *, old: str) -> None:
        if self.is_there(self.path(name)):
            self._system.mkdirs(self._hadoop.Path(self.path(old)).getParent())
            self._rename(name, old)
        self._rename(new, name)

    def put_back(self, old: str) -> None:
        """What a run that was killed had moved away, where nothing has come into its place; the rest goes."""
        if self.is_there(self.path(old)):
            for found in self._system.listStatus(self._hadoop.Path(self.path(old))):
                name = found.getPath().getName()
                if not self.is_there(self.path(name)):
                    self._rename(f"{old}/{name}", name)
            self.delete(old)

    def delete(self, name: str) -> None:
        self._system.delete(self._hadoop.Path(self.path(name)), True)  # noqa: FBT003

    def _rename(self, name: str, to: str) -> None:
        if not self._system.rename(self._hadoop.Path(self.path(name)), self._hadoop.Path(self.path(to))):
            raise EngineError(f"{self.path(name)} could not be renamed to {to}")


def _session(master: str) -> Any:
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    builder = SparkSession.builder.appName("tracking_middleware journeys")
    if not master and "SPARK_ENV_LOADED" not in os.environ:
        master = "local[*]"
    if master.startswith("local"):
        for name, value in _LOCAL.items():
            builder = builder.config(name, value)
    return (builder.master(master) if master else builder).getOrCreate()


@contextmanager
def _told(name: str) -> Iterator[None]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException) as error:
        raise EngineError(f"{name} could not be made in Spark: {str(error).strip()[:2000]}") from error
