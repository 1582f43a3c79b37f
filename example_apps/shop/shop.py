"""A small shop: Flask, with a basket whose margin is tracked and never shown."""

import os
from dataclasses import dataclass
from decimal import Decimal

from flask import Flask, abort, redirect, render_template, session, url_for

from tracking_middleware import current_page, entity
from tracking_middleware.flask import Tracking
from tracking_middleware.privacy import consent_cookie


@dataclass(frozen=True)
class Product:
    sku: str
    name: str
    price: Decimal
    cost: Decimal


PRODUCTS = {
    product.sku: product
    for product in (
        Product("RS-1", "Red sweater", Decimal("59.90"), Decimal("21.35")),
        Product("WS-2", "Wool socks", Decimal("12.50"), Decimal("3.10")),
        Product("BC-3", "Blue cap", Decimal("24.00"), Decimal("9.75")),
    )
}


@dataclass(frozen=True)
class BasketLine:
    sku: str
    quantity: int
    price: Decimal
    margin: Decimal


@entity("iglu:com.example.shop/basket/jsonschema/1-0-0")
@dataclass(frozen=True)
class Basket:
    """What the analysts get: with the margin, which the browser never sees."""

    lines: list[BasketLine]
    total: Decimal
    margin: Decimal


app = Flask(__name__)
app.config.update(
    # this example runs on your own machine only; a real site keeps its key out of its code
    SECRET_KEY=os.environ.get("SECRET_KEY", "only-for-this-example"),
    COLLECTOR_URL=os.environ.get("COLLECTOR_URL", "http://127.0.0.1:9090"),
    SNOWPLOW_JS_URL=os.environ.get(
        "SNOWPLOW_JS_URL",
        "https://cdn.jsdelivr.net/npm/@snowplow/browser-tracker@4.10.1/dist/index.umd.min.js",
    ),
)
app.config["TRACKING"] = {
    "collector_url": app.config["COLLECTOR_URL"],
    "app_id": "shop",
    "identity": "issue",  # where the visitor's consent is full
    "consent": consent_cookie("consent", missing="anonymous"),
    "enabled": os.environ.get("TRACKING_ENABLED", "true"),
}
tracking = Tracking(app)


@app.context_processor
def browser_tracker():
    return {
        "collector_url": app.config["COLLECTOR_URL"],
        "snowplow_js_url": app.config["SNOWPLOW_JS_URL"],
    }


@app.get("/")
def catalogue():
    current_page().title = "The Shop"
    return render_template("catalogue.html", products=PRODUCTS.values())


@app.get("/products/<sku>")
def product(sku):
    found = PRODUCTS.get(sku) or abort(404)
    current_page().title = found.name
    return render_template("product.html", product=found)


@app.post("/basket/<sku>")
def add_to_basket(sku):
    if sku not in PRODUCTS:
        abort(404)
    session["basket"] = [*session.get("basket", []), sku]
    return redirect(url_for("basket"))


@app.get("/basket")
def basket():
    lines = basket_lines(session.get("basket", []))
    total = sum((line.price * line.quantity for line in lines), Decimal(0))
    margin = sum((line.margin for line in lines), Decimal(0))
    page = current_page()
    page.title = "Your basket"
    page.attach(Basket(lines=lines, total=total, margin=margin))
    return render_template("basket.html", lines=lines, products=PRODUCTS, total=total)


def basket_lines(skus):
    """One line a product, in the order they were added."""
    return [
        BasketLine(
            sku=sku,
            quantity=skus.count(sku),
            price=PRODUCTS[sku].price,
            margin=(PRODUCTS[sku].price - PRODUCTS[sku].cost) * skus.count(sku),
        )
        for sku in dict.fromkeys(skus)
    ]
