"""Writing HTML as differently as systems and their templates do, with the same meaning."""

from __future__ import annotations

import json
import random
import re
from typing import Any

_UNQUOTED = re.compile(r"[A-Za-z0-9._:/+-]+(?<!/)")
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot"}


class Pen:
    """Writes tags; every choice that means nothing is one of chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.quotes = chance.choice(['"', '"', "'", "mixed"])
        self.closing = chance.choice([">", ">", " />", "/>"])
        self.is_upper = chance.random() < 0.08
        self.escapes_ascii = chance.random() < 0.5
        self.entities = chance.choice(["named", "named", "decimal", "hex"])

    def escape(self, text: str, needed: str) -> str:
        """Text with what must be escaped, and here and there what need not."""
        return "".join(self._escaped(letter, needed) for letter in text)

    def _escaped(self, letter: str, needed: str) -> str:
        is_far = ord(letter) > 127 and self.entities != "named" and self.chance.random() < 0.3
        if letter not in needed and not is_far:
            return letter
        if self.entities == "named" and letter in _ENTITIES:
            return f"&{_ENTITIES[letter]};"
        return f"&#x{ord(letter):X};" if self.entities == "hex" else f"&#{ord(letter)};"

    def attribute(self, name: str, value: str) -> str:
        quote = self.chance.choice(['"', "'", ""]) if self.quotes == "mixed" else self.quotes
        if quote == "" and not _UNQUOTED.fullmatch(value):
            quote = '"'
        space = self.chance.choice(["", "", "", " "]) if quote else ""
        needed = "&" + (quote or ">")
        return f"{name}{space}={space}{quote}{self.escape(value, needed)}{quote}"

    def tag(self, element: str, /, **attributes: str) -> str:
        """A tag without content; its attributes in any order."""
        written = [
            self.attribute(key.strip("_").replace("_", "-"), value) for key, value in attributes.items()
        ]
        self.chance.shuffle(written)
        if self.chance.random() < 0.15:
            written.insert(0, "data-x='a>b'")
        space = self.chance.choice([" ", " ", "\n      "])
        shown = element.upper() if self.is_upper else element
        end = self.closing if not written or written[-1][-1] in "\"'" else ">"
        return f"<{shown} {space.join(written)}{end}"

    def meta(self, name: str, content: str) -> str:
        return self.tag("meta", name=name, content=content)

    def og(self, name: str, content: str) -> str:
        return self.tag("meta", property=name, content=content)

    def title(self, text: str) -> str:
        space = self.chance.choice(["", "", "\n  ", " "])
        return f"<title>{space}{self.escape(text, '&<')}{space}</title>"

    def json(self, value: Any) -> str:
        """JSON as programs write it: tight or wide, in ASCII or not, with PHP's slashes."""
        text = json.dumps(
            value,
            ensure_ascii=self.escapes_ascii,
            indent=self.chance.choice([None, None, 2, "\t"]),
            separators=self.chance.choice([None, (",", ":")]),
        ).replace("</", "<\\/")
        return text.replace("/", "\\/").replace("\\\\/", "\\/") if self.chance.random() < 0.3 else text

    def block(self, *things: Any, wrapping: str = "") -> str:
        """Blocks of JSON-LD, each for a thing."""
        return "\n".join(self._block(thing, wrapping) for thing in things)

    def _block(self, thing: Any, wrapping: str) -> str:
        kind = self.chance.choice(
            ["application/ld+json"] * 5 + ["Application/LD+JSON", "application/ld+json; charset=utf-8"]
        )
        attributes = [self.attribute("type", kind)]
        if self.chance.random() < 0.3:
            attributes.insert(
                self.chance.randrange(2), self.chance.choice(['class="schema"', "data-next-head", "id=s1"])
            )
        around = wrapping or self.chance.choice(["{}"] * 8 + ["\n{}\n", "//<![CDATA[\n{}\n//]]>"])
        return f"<script {' '.join(attributes)}>{around.replace('{}', self.json(thing))}</script>"

    def html(self, head: list[str], body: list[str], language: str) -> str:
        shape = self.chance.random()
        opening = "<!DOCTYPE html>\n" if shape < 0.9 else ""
        lang = self.attribute("lang", language)
        if shape < 0.06:  # tags that may be left out
            return f"{opening}<html {lang}>{''.join(head)}\n<p>{''.join(body)}"
        glue = self.chance.choice(["\n", "\n    ", ""])
        begin = f"{opening}<html {lang}><head>{glue}{glue.join(head)}</head>"
        return f"{begin}\n<body class='page'>{''.join(body)}</body></html>"
