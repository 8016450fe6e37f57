"""How to search, in examples that can be clicked, and what each status means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recordroom import model


@dataclass(frozen=True, slots=True)
class Example:
    """`versions`: it asks for what was, so that every version is searched."""

    query: str
    meaning: str
    versions: bool = False


EXAMPLES = (
    Example("snow closure", "both words, in any form, anywhere in the text"),
    Example('"school is closed"', "these words in this order"),
    Example('exact:"Closing"', "letter by letter: no other form of the word"),
    Example("bus OR train", "either word"),
    Example("closed -weather", "the first word, not the second"),
    Example("clos*", "every word that begins so"),
    Example("ice w/5 closed", "both words, with up to five words between; pre/5 in this order"),
    Example("author:parent kind:comment", "comments of whoever is called so"),
    Example("status:(removed OR unavailable)", "all that is gone from its platform, whatever the reason"),
    Example("-status:visible", "all that the public does not see there any more, hidden and held too"),
    Example("-status:visible", "what was hidden, held or gone at any time, also what is back by now", versions=True),
    Example(
        "-status:visible captured:[2026-01 TO 2026-03]",
        "what was found hidden, held or gone in these months, whenever it was published, which is what From and To ask for; nobody looked"
        " before the first capture of an account, which its page under Coverage shows",
        versions=True,
    ),
    Example("acted_by:agency", "what the agency itself hid, held back, or took down, where the platform proves it", versions=True),
    Example("changed:text", "edits: each version in which the words became others", versions=True),
    Example("#SchoolClosure", "a hashtag"),
    Example("published_at:[2026-01 TO 2026-03]", "from January to the end of March"),
)
STATUSES: Mapping[str, str] = {
    model.VISIBLE: "the platform shows it: to the public, unless a narrower audience stands beside it",
    model.HIDDEN: "it is still there, and the public does not see it: somebody hid it, or made it private",
    model.HELD: "it waits until somebody approves it, and the public has not seen it yet, or does not see it any more",
    model.SPAM: "it was sorted out as spam",
    model.TRASHED: "it lies in the trash of the site, from which it can be taken back",
    model.REMOVED: "the platform says that it was deleted, or a file does that was handed in",
    model.UNAVAILABLE: "it is gone, and the platform does not say why: deleted, made private, or its author left",
}
