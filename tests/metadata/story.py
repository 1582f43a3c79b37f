"""What a page is truly about, from a seed: nothing here knows of HTML."""

# ruff: noqa: RUF001
from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

HEADLINES = [
    "Rivers rise across the north",
    "“We were lucky”: a village after the flood",
    "Q&A: what the budget means for you",
    "Café owners & bakers fear the 'sugar tax'",
    "Why 3 < 4 in the polls",
    'The mayor says "no" - again',
    "Zürich plant neue Straßenbahn",
    "L’été sera chaud, très chaud",
    "El niño que ganó a los campeones",
    "What's next for AT&T?",
    "100 % sicher ist nichts",
    "A/B testing: the {curly} truth",
    "Prices up 5% – or are they?",
    "C++ at 40; still here",
]
FAR_HEADLINES = [
    "東京で新しい橋が開通",
    "Новый мост открыт в городе",
    "فتح جسر جديد",
    "Rockets 🚀 over the bay",
]
AUTHORS = [
    "Ada Byron",
    "Max Weaver",
    "Zoë O’Hara",
    "José Núñez",
    "Anne-Marie Smith",
    "J. R. Clarke",
    "Mary d'Arc",
]
SECTIONS = ["News", "Sport", "Arts & Culture", "Politics", "Économie", "Food", "Science"]
TAGS = ["rivers", "rain", "budget 2026", "R&D", "élections", "climate change", "schools", "AI", "trams"]
SITES = ["The Northern Post", "Le Courrier", "Stadtblatt", "Daily & Sons", "Field Notes"]
WORDS = [
    "water",
    "people",
    "stood",
    "street",
    "morning",
    "and",
    "the",
    "while",
    "council",
    "slowly",
    "of",
    "said",
]
LANGUAGES = ["en", "en-US", "en-GB", "de-DE", "fr-FR", "es"]
OFFSETS = [0, 0, 60, 120, -300, 330]


@dataclass(frozen=True, kw_only=True)
class Story:
    """An article, or a product where ``price`` is asked for."""

    random: random.Random
    number: int
    host: str
    site: str
    headline: str
    authors: tuple[str, ...]
    sections: tuple[str, ...]
    subject: str
    tags: tuple[str, ...]
    published: datetime
    modified: datetime
    words: int
    language: str
    slug: str

    @property
    def url(self) -> str:
        return f"https://{self.host}/{self.slug}"

    @property
    def offset(self) -> timezone:
        return self.published.tzinfo  # type: ignore[return-value]

    def paragraph(self, words: int = 40) -> str:
        return " ".join(self.random.choices(WORDS, k=words)).capitalize() + "."


def story_of(seed: str, *, is_latin: bool = False) -> Story:
    """A story; one of few letters where ``is_latin``, so that Windows-1252 can write it."""
    chance = random.Random(seed)
    headlines = HEADLINES if is_latin or chance.random() < 0.8 else FAR_HEADLINES
    zone = timezone(timedelta(minutes=chance.choice(OFFSETS)))
    published = datetime(2026, 1, 1, 6, tzinfo=zone) + timedelta(seconds=chance.randrange(20_000_000))
    headline = chance.choice(headlines)
    number = chance.randrange(1000, 999_999)
    letters = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in headline.lower())
    return Story(
        random=chance,
        number=number,
        host=f"www.site{chance.randrange(90)}.example",
        site=chance.choice(SITES),
        headline=headline,
        authors=tuple(chance.sample(AUTHORS, chance.choice([1, 1, 1, 2, 3]))),
        sections=tuple(chance.sample(SECTIONS, chance.choice([1, 1, 2]))),
        subject=chance.choice(["floods", "the budget", "trams", "football", "élections"]),
        tags=tuple(chance.sample(TAGS, chance.choice([1, 2, 3, 4]))),
        published=published,
        modified=published + timedelta(seconds=chance.randrange(1, 900_000)),
        words=chance.randrange(80, 4000),
        language=chance.choice(LANGUAGES),
        slug=f"{chance.choice(['news', 'blog', '2026/03'])}/{letters[:40].strip('-')}-{number}",
    )
