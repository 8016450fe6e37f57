"""What a query asks for by a field that tells records apart, or authors: of such a piece it can be said whether it finds anything hidden.

Words of a text name nothing. However a piece is written (escaped, in other case, with wild cards, to have all others), Elasticsearch is
asked it as the search was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from luqum.tree import Item, SearchField

from recordroom.search import fields
from recordroom.search.parsing import parse
from recordroom.search.translation import Translation
from recordroom.search.unseen import Clause, Unseen

# Fields that tell records apart -> the field that then names what is meant; None: many records share what stands there.
_TELLING: Mapping[str, str | None] = {
    "record_id": "record_id", "native_id": "record_id", "url": "record_id", "parent_id": "parent_id", "root_id": "root_id",
    "shared_id": "shared_id", "account": None, "warc_record_id": None, "capture_id": None, "media.sha256": "media.sha256",
}  # fmt: skip
_OF_AUTHORS = ("author_id", "author_handle")


@dataclass(frozen=True, slots=True)
class Piece:
    """`path`: the field; "" where it is of authors."""

    path: str
    clause: Clause

    @property
    def clauses(self) -> int:
        """How many Elasticsearch counts."""
        return _count(self.clause)

    def hidden(self, unseen: Unseen) -> Clause:
        """Its query of what is not to be seen."""
        own = _TELLING[self.path]
        meant = [{"terms": {own: sorted(unseen.files if own == "media.sha256" else unseen.records)}}] if own else []
        return {"bool": {"filter": [self.clause, {"bool": {"should": [{"terms": {"account": sorted(unseen.accounts)}}, *meant]}}]}}


def is_telling(query: str) -> bool:
    """A quick look: whether the name of such a field stands before a colon."""
    return bool(_telling().search(query))


def pieces(query: str) -> Iterator[Piece]:
    """Trouble where this version of recordroom cannot read it."""
    for piece in _pieces(parse(query)):
        yield Piece(_path(piece) or "", Translation(query).whole(piece)[0])


@cache
def _telling() -> re.Pattern[str]:
    wanted = (name for name in fields.named() if _path_of(name) is not None)
    return re.compile(rf"(?i)\b(?:{'|'.join(map(re.escape, wanted))})\s*:")


def _pieces(tree: Item) -> Iterator[SearchField]:
    if isinstance(tree, SearchField) and _path(tree) is not None:
        yield tree
    else:
        for child in tree.children:
            yield from _pieces(child)


def _path(piece: SearchField) -> str | None:
    return _path_of(piece.name)


def _path_of(name: str) -> str | None:
    """None of a field that tells nothing."""
    found = fields.find(name)
    paths = found.paths if found else ()
    if any(path in _OF_AUTHORS for path in paths):
        return ""
    return next((path for path in paths if path in _TELLING), None)


def _count(clause: Any) -> int:
    if isinstance(clause, list):
        return sum(map(_count, clause))
    inner = [own for kind in ("bool", "dis_max") for own in clause.get(kind, {}).values() if isinstance(own, list)]
    return sum(map(_count, inner)) or 1
