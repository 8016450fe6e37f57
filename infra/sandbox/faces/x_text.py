"""What a post on X says: its text as the API gives it, where the entities stand in it, and the whole of a
long one.

The text begins with the names that it answers and ends with the addresses of what it shows; addresses are
shortened; & < > are escaped; more than 280 signs are cut, and stand whole in note_tweet. Places are counted
in code points of the escaped text. That they are those of the escaped text, and what a cut text ends with, is
not settled by any public word. Sources: docs.x.com/x-api/fundamentals/data-dictionary, .../edit-posts,
docs.x.com/fundamentals/counting-characters.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.sandbox.faces.x_ids import short_url
from infra.sandbox.markup import pieces

Json = dict[str, Any]
MOST = 280
SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
KINDS = ("urls", "hashtags", "mentions")
Known = Callable[[str], tuple[str, str] | None]  # a name in a text -> the user's name and id


def escaped(text: str) -> str:
    return "".join(SIGNS.get(sign, sign) for sign in text)


@dataclass
class Said:
    text: str = ""
    entities: dict[str, list[Json]] = field(default_factory=dict)
    shown: list[int] = field(
        default_factory=lambda: [0, 0]
    )  # from and to: without the names before and the addresses after
    long: "Said | None" = None

    def add(self, told: str, kind: str = "", **more: Any) -> None:
        start, self.text = len(self.text), self.text + told
        if kind:
            self.entities.setdefault(kind, []).append({"start": start, "end": len(self.text), **more})

    def link(self, address: str, **more: Any) -> None:
        short = short_url(address)
        shown = address.removeprefix("https://").removeprefix("http://")
        self.add(
            short,
            "urls",
            url=short,
            expanded_url=address,
            display_url=shown[:26] + "…" * (len(shown) > 26),
            **more,
        )

    def name(self, told: str, known: Known) -> None:
        user = known(told)
        self.add(
            f"@{told}",
            *(("mentions",) if user else ()),
            **({"username": user[0], "id": user[1]} if user else {}),
        )

    def body(self, text: str, known: Known) -> None:
        for piece in pieces(text):
            if piece.kind == "link":
                self.link(piece.value)
            elif piece.kind == "tag":
                self.add(f"#{piece.value}", "hashtags", tag=piece.value)
            elif piece.kind == "mention":
                self.name(piece.value, known)
            else:
                self.add(escaped(piece.value))

    def cut(self) -> "Said":
        """The first of a long text, with the entities that are whole in it."""
        end = MOST - 1
        kept = {kind: [one for one in found if one["end"] <= end] for kind, found in self.entities.items()}
        return Said(
            self.text[:end] + "…",
            {kind: found for kind, found in kept.items() if found},
            [self.shown[0], MOST],
        )


def compose(text: str, names: list[str], shows: list[tuple[str, Json]], known: Known) -> Said:
    """`names` that it answers, `shows`: addresses of what it shows, with what more is told of each."""
    said = Said()
    for name in names:
        said.name(name, known)
        said.add(" ")
    said.shown[0] = len(said.text)
    said.body(text, known)
    said.shown[1] = len(said.text)
    whole = said
    if len(said.text) > MOST:
        said = whole.cut()
        said.long = whole
    for address, more in shows:
        said.add(" " if said.text else "")
        said.link(address, **more)
    return said
