"""Products in the manner of shops' systems, and pages that are neither an article nor a product."""

# ruff: noqa: RUF001
from __future__ import annotations

from decimal import Decimal

from .articles import ORG, locale
from .draft import Draft

CATEGORIES = ["Women/Shoes", "Home & Garden", "Bikes/Parts/Brakes", "Tea"]
BRANDS = ["Acme", "Nordlys", "Brûlé & Co"]


def _price(draft: Draft) -> Decimal:
    return Decimal(draft.pen.chance.randrange(100, 99_999)) / 100


def shopify(draft: Draft) -> None:
    """An offer for each variant; where their prices differ the page has no price of one product."""
    story, chance = draft.story, draft.pen.chance
    price, brand, category = _price(draft), chance.choice(BRANDS), chance.choice(CATEGORIES)
    is_same = draft.number % 4 != 0
    draft.title(f"{story.headline} – {story.site}")
    draft.canonical()
    draft.og(og_type="product", og_title=story.headline, og_site_name=story.site)
    prices = [price, price if is_same else price + 1]
    draft.block(
        {
            "@context": "http://schema.org/",
            "@type": "Product",
            "name": story.headline,
            "url": story.url,
            "sku": f"SKU-{story.number}",
            "category": category,
            "brand": {"@type": "Brand", "name": brand},
            "offers": [
                {
                    "@type": "Offer",
                    "availability": "http://schema.org/InStock",
                    "price": chance.choice([str(each), float(each)]),
                    "priceCurrency": "USD",
                    "url": f"{story.url}?variant={place}",
                }
                for place, each in enumerate(prices)
            ],
        }
    )
    if is_same:
        draft.product(
            id=f"SKU-{story.number}",
            name=story.headline,
            category=category,
            price=price,
            currency="USD",
            brand=brand,
            inventory_status="in stock",
        )


def woocommerce(draft: Draft) -> None:
    """The price in a specification, the category only in the breadcrumbs."""
    story, chance = draft.story, draft.pen.chance
    price = _price(draft)
    before = price + Decimal("10.00")
    draft.title(f"{story.headline} - {story.site}")
    draft.canonical(f"{story.url}/")
    way = chance.choice([["Shoes"], ["Women", "Shoes"], ["Home & Garden", "Pots"]])
    home = f"https://{story.host}"
    steps = [
        ("Home", home),
        *((name, f"{home}/c/{place}") for place, name in enumerate(way)),
        (story.headline, f"{story.url}/"),
    ]
    regular = {
        "@type": "UnitPriceSpecification",
        "price": str(before),
        "priceCurrency": "EUR",
        "priceType": "https://schema.org/ListPrice",
    }
    draft.block(
        {
            "@context": ORG + "/",
            "@graph": [
                {
                    "@type": "BreadcrumbList",
                    "itemListElement": [
                        {"@type": "ListItem", "position": place + 1, "item": {"name": name, "@id": link}}
                        for place, (name, link) in enumerate(steps)
                    ],
                },
                {
                    "@type": "Product",
                    "@id": f"{story.url}/#product",
                    "name": story.headline,
                    "url": f"{story.url}/",
                    "sku": story.number,
                    "offers": [
                        {
                            "@type": "Offer",
                            "priceSpecification": [
                                {
                                    "@type": "UnitPriceSpecification",
                                    "price": str(price),
                                    "priceCurrency": "EUR",
                                },
                                *([regular] if draft.number % 2 else []),
                            ],
                            "availability": "https://schema.org/" + chance.choice(["BackOrder", "BackOrder"]),
                        }
                    ],
                },
            ],
        }
    )
    draft.product(
        id=str(story.number),
        name=story.headline,
        category="/".join(way),
        price=price,
        currency="EUR",
        inventory_status="backorder",
        **({"list_price": before} if draft.number % 2 else {}),
    )


def magento(draft: Draft) -> None:
    """Open Graph alone."""
    story, chance = draft.story, draft.pen.chance
    price, category = _price(draft), chance.choice(CATEGORIES)
    draft.title(story.headline)
    draft.canonical()
    draft.og(
        og_type=chance.choice(["product", "og:product", "product.item"]),
        og_title=story.headline,
        product_retailer_item_id=f"M{story.number}",
        product_category=category.replace("/", " > "),
        product_availability=chance.choice(["instock", "in stock"]),
    )
    draft.head.append(draft.pen.og("product:price:amount", f"{price}00" if draft.number % 2 else str(price)))
    draft.head.append(draft.pen.og("product:price:currency", "GBP"))
    draft.product(
        id=f"M{story.number}",
        name=story.headline,
        category=category,
        price=price,
        currency="GBP",
        inventory_status="in stock",
    )


def lists(draft: Draft) -> None:
    """Front pages, sections, searches, of any system: full of articles, and none themselves."""
    story = draft.story
    draft.title(f"{story.sections[0]} | {story.site}")
    draft.canonical(f"https://{story.host}/")
    draft.url = f"https://{story.host}/"
    kind = draft.number % 5
    teaser = {"@type": "NewsArticle", "headline": story.headline, "url": story.url}
    if kind == 0:
        draft.og(og_type="website", og_title=story.site, article_publisher="https://social.example/p")
        draft.block({"@context": ORG, "@type": "CollectionPage", "hasPart": [teaser, teaser]})
    elif kind == 1:
        draft.block(*({"@context": ORG, **teaser, "url": f"{story.url}{place}"} for place in range(3)))
    elif kind == 2:
        draft.meta("parsely-type", "sectionpage")
        draft.meta("parsely-title", story.sections[0])
        draft.meta("DC.title", story.site)
    elif kind == 3:
        draft.block({"@context": ORG, "@type": "Blog", "blogPost": [teaser], "name": story.site})
        draft.og(og_type="blog", og_locale=locale(story.language))
    else:
        draft.block(
            {"@context": ORG, "@graph": [{"@type": "ItemList", "itemListElement": [{"item": teaser}]}]}
        )
        draft.block({"@context": "https://www.w3.org/ns/activitystreams", "@type": "Article", "name": "x"})


def bare(draft: Draft) -> None:
    """Pages that say little, or say it wrongly: forms, errors, broken templates."""
    story = draft.story
    kind = draft.number % 5
    if kind == 0:
        draft.truth["title"] = None
    elif kind == 1:
        draft.title("Write to ann.smith@mail.example – Contact")
        draft.truth["title"] = "Write to REDACTED – Contact"
    elif kind == 2:
        draft.title(story.headline)
        draft.head.append(draft.pen.tag("link", rel="canonical", href="javascript:void(0)"))
        draft.og(og_type="{{ type }}", og_title="{{ title }}")
    elif kind == 3:
        draft.title(story.headline)
        draft.head.append(draft.pen.tag("link", rel="canonical", href=f"{story.url}/1"))
        draft.head.append(draft.pen.tag("link", rel="canonical", href=f"{story.url}/2"))
    else:
        draft.title(story.headline)
        draft.block({"@context": ORG, "@type": "Product", "name": story.headline, "sku": "1"})


def templated(draft: Draft) -> None:
    """An article whose template left its marks: what they stand for is not known."""
    story = draft.story
    draft.title(story.headline)
    draft.canonical(f"{story.url}?id=7")
    draft.block(
        {
            "@context": ORG,
            "@type": "BlogPosting",
            "headline": f"<em>{story.headline}</em>".replace("<", "\u003c"),
            "author": ["undefined", {"@type": "Person", "name": story.authors[0]}, "me@mail.example"],
            "articleSection": "{{ page.section }}",
            "keywords": ["null", *story.tags],
            "datePublished": story.published.replace(tzinfo=None).isoformat(),
            "dateModified": "1970-01-01T00:00:00+00:00",
            "wordCount": 0,
            "inLanguage": "English",
            "identifier": "[object Object]",
        }
    )
    draft.article(
        id=f"/{story.slug}?id=7",
        headline=story.headline,
        authors=list(story.authors[:1]),
        tags=list(story.tags),
        content_type="BlogPosting",
    )
