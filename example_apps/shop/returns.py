"""The warehouse took an article back: ``flask --app shop returns ORDER SKU``, where there is no browser."""

from datetime import UTC, datetime

import click
import orders
from tracked import OrderReturned

from tracking_middleware import TokenError


def returns_command(app, tracking, products):
    """Add the command to the app; what it tracks is sent before it ends."""

    @app.cli.command("returns")
    @click.argument("number", metavar="ORDER", type=int)
    @click.argument("sku", type=click.Choice(list(products)))
    @click.option("--channel", default="click and collect", help="How it came back.")
    @click.option("--at", type=click.DateTime(), help="When, in UTC (default: now).")
    def returns(number, sku, channel, at):
        """Note that an article of an order was returned."""
        order = orders.find(number)
        item = next((item for item in order.items if item["sku"] == sku), None) if order else None
        if item is None:
            raise click.ClickException(f"there is no {sku} in order {number}")
        tracking.tracker.track(
            OrderReturned(order=number, sku=sku, name=products[sku].name, size=item["size"], channel=channel),
            subject=subject_of(order, tracking.tracker),
            at=at.replace(tzinfo=UTC) if at else datetime.now(UTC),
            key=("returned", number, sku),  # noted twice it is still one return
        )
        click.echo(f"{products[sku].name}, size {item['size']}, of order {number} is back ({channel}).")


def subject_of(order, tracker):
    """Whoever placed the order; None where it was placed without tracking."""
    try:
        return tracker.unseal(order.tracking_token)
    except TokenError:
        return None
