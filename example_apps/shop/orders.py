"""The order book: each order is kept with the token that says whose it is, for when no browser is there."""

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

PATH = os.environ.get("SHOP_DATABASE", str(Path(__file__).with_name("shop.sqlite3")))


@dataclass(frozen=True)
class Order:
    number: int
    customer: str
    items: list[dict]
    is_declined: bool
    tracking_token: str


def place(*, customer, items, is_declined, tracking_token):
    """Keep an order; its number."""
    with closing(_open()) as database, database:
        return database.execute(
            "INSERT INTO orders (customer, items, is_declined, tracking_token) VALUES (?, ?, ?, ?)",
            (customer, json.dumps(items), is_declined, tracking_token),
        ).lastrowid


def find(number):
    """The order with this number, or None."""
    with closing(_open()) as database:
        row = database.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()
    if row is None:
        return None
    number, customer, items, is_declined, tracking_token = row
    return Order(number, customer, json.loads(items), bool(is_declined), tracking_token)


def _open():
    database = sqlite3.connect(PATH)
    database.execute(
        "CREATE TABLE IF NOT EXISTS orders (number INTEGER PRIMARY KEY, customer TEXT NOT NULL,"
        " items TEXT NOT NULL, is_declined INTEGER NOT NULL, tracking_token TEXT NOT NULL)"
    )
    return database
