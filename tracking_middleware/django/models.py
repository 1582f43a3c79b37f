"""The table of the database outbox: events that are committed with what they tell of."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler


class DatabaseNow(models.Func):
    """The database's own clock, in seconds since the epoch: all processes that share the table share it."""

    arity = 0
    output_field = models.FloatField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """This very moment, not the begin of the transaction."""
        return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS double precision)", ()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """To the millisecond; 2440587.5 is the epoch as a Julian day."""
        return "((julianday('now') - 2440587.5) * 86400.0)", ()


class OutboxEvent(models.Model):
    """An event that waits to be sent, is being sent, or is dead; one that was delivered is deleted.

    It is nobody's to send until ``until``, or else the ``lease``'s that was drawn for it. Times are
    the database's, in seconds since the epoch. ``attempt`` counts the tries that failed; ``reason``
    and ``died`` say why and when it was given up, where it was.
    """

    number: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    payload: models.BinaryField[bytes, bytes] = models.BinaryField()
    is_anonymous: models.BooleanField[bool, bool] = models.BooleanField()
    lease: models.BigIntegerField[int | None, int | None] = models.BigIntegerField(null=True)
    until: models.FloatField[float, float] = models.FloatField(default=0.0)
    attempt: models.IntegerField[int, int] = models.IntegerField(default=0)
    reason: models.TextField[str, str] = models.TextField(default="")
    died: models.FloatField[float | None, float | None] = models.FloatField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["number"], condition=models.Q(died__isnull=True), name="tracking_events_waiting"
            ),
            models.Index(
                fields=["lease"], condition=models.Q(lease__isnull=False), name="tracking_events_leased"
            ),
        )

    def __str__(self) -> str:
        return f"event {self.number}"
