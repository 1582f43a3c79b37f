"""A small shop: Flask, with a margin and a fraud check that are tracked and never shown."""

import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import orders
from flask import Flask, abort, redirect, render_template, request, session, url_for
from returns import returns_command
from tracked import Basket, BasketLine, FraudChecked, OrderDeclined, OrderPlaced

from tracking_middleware import current_page, track
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
SIZES = ("S", "M", "L")

app = Flask(__name__, static_folder=Path(__file__).resolve().parents[1] / "shared", static_url_path="/static")
app.config.update(
    # this example runs on your own machine only; a real site keeps its key out of its code
    SECRET_KEY=os.environ.get("SECRET_KEY", "only-for-this-example-and-nothing-else"),
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
returns_command(app, tracking, PRODUCTS)


@app.context_processor
def browser_tracker():
    return {
        "collector_url": app.config["COLLECTOR_URL"],
        "snowplow_js_url": app.config["SNOWPLOW_JS_URL"],
    }


@app.before_request
def know_the_customer():
    if customer := session.get("customer"):
        current_page().user_id = customer


@app.get("/")
def catalogue():
    current_page().title = "The Shop"
    return render_template("catalogue.html", products=PRODUCTS.values())


@app.get("/products/<sku>")
def product(sku):
    found = PRODUCTS.get(sku) or abort(404)
    current_page().title = found.name
    return render_template("product.html", product=found, sizes=SIZES)


@app.post("/basket/<sku>")
def add_to_basket(sku):
    size = request.form.get("size", "M")
    quantity = request.form.get("quantity", 1, type=int)
    if sku not in PRODUCTS or size not in SIZES or not 0 < quantity < 100:
        abort(400)
    session["basket"] = [*session.get("basket", []), {"sku": sku, "size": size, "quantity": quantity}]
    return redirect(url_for("basket"))


@app.get("/basket")
def basket():
    content = basket_of(session.get("basket", []))
    page = current_page()
    page.title = "Your basket"
    page.attach(content)
    return render_template("basket.html", basket=content, products=PRODUCTS)


@app.post("/checkout")
def checkout():
    items = session.pop("basket", None) or abort(400)
    customer = session["customer"] = request.form.get("customer", "")[:20] or abort(400)
    content = basket_of(items)
    score = fraud_score(content)
    is_declined = score >= Decimal("0.5")
    page = current_page()
    page.user_id = customer
    number = orders.place(customer=customer, items=items, is_declined=is_declined, tracking_token=page.seal())
    track(FraudChecked(order=number, score=score, is_declined=is_declined))
    outcome = OrderDeclined if is_declined else OrderPlaced
    track(outcome(order=number, total=content.total), entities=[content], key=("order", number))
    return redirect(url_for("order", number=number))


@app.get("/orders/<int:number>")
def order(number):
    found = orders.find(number)
    if found is None or found.customer != session.get("customer"):
        abort(404)
    current_page().title = "Not accepted" if found.is_declined else "Thank you"
    return render_template("order.html", order=found, products=PRODUCTS)


def basket_of(items):
    """What is in the basket, with what the shop earns by it."""
    lines = [
        BasketLine(
            sku=item["sku"],
            size=item["size"],
            quantity=item["quantity"],
            price=PRODUCTS[item["sku"]].price,
            margin=(PRODUCTS[item["sku"]].price - PRODUCTS[item["sku"]].cost) * item["quantity"],
        )
        for item in items
    ]
    return Basket(
        lines=lines,
        total=sum((line.price * line.quantity for line in lines), Decimal(0)),
        margin=sum((line.margin for line in lines), Decimal(0)),
    )


def fraud_score(content):
    """As good as a shop of three articles needs it: the more, the more suspicious; at most 1."""
    return min(Decimal(1), (content.total / 1000).quantize(Decimal("0.001")))
