"""Which events of the audit have queries, or addresses in another form, that find something hidden: each event is asked apart, in parts
that Elasticsearch takes, within a time.

What cannot be asked, or takes too long, withholds that one event.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from recordroom.errors import RecordroomError
from recordroom.search import node
from recordroom.search.naming import Named
from recordroom.search.parsing import Trouble
from recordroom.search.pasted import spellings
from recordroom.search.pieces import Piece, pieces
from recordroom.search.results import Searcher
from recordroom.search.unseen import Clause, Unseen, several

MAY_BE = "it is, or may be, about something that you may not see"
UNCHECKED = "whether you may see it could not be checked now"
CLAUSES = 500  # of one query, below the least that Elasticsearch takes
AT_ONCE = 8  # queries of one request
EACH = "1s"  # that one may take
_log = logging.getLogger(__name__)
_Body = Mapping[str, Any]


class Asking:
    """`until`: by time.monotonic()."""

    def __init__(self, searcher: Searcher, unseen: Unseen, until: float) -> None:
        self._searcher, self._unseen, self._until = searcher, unseen, until
        self._withheld: dict[str, str] = {}

    def of(self, some: Mapping[str, Named]) -> dict[str, str]:
        """The names of those that are withheld, with the reason in words."""
        waiting = self._waiting(some)
        while batch := list(islice(waiting, AT_ONCE)):
            answers = several(self._searcher, (body for _, body in batch), EACH)
            for (name, _), answer in zip(batch, answers, strict=True):
                self._hear(name, answer)
        return self._withheld

    def _waiting(self, some: Mapping[str, Named]) -> Iterator[tuple[str, _Body]]:
        """Made as they are asked for: to read a query takes time too."""
        for name, one in some.items():
            try:
                for body in self._bodies(one):
                    if name in self._withheld:
                        break
                    yield name, body
            except Trouble:  # another version of recordroom could read it
                self._withheld[name] = MAY_BE
            except node.TooSlow as problem:
                self._leave(name, problem)

    def _hear(self, name: str, answer: Mapping[str, Any]) -> None:
        try:
            node.check(answer)
        except RecordroomError as problem:
            self._leave(name, problem)
        else:
            if answer["hits"]["total"]["value"] and not _beside(answer):
                self._withheld[name] = MAY_BE

    def _leave(self, name: str, problem: RecordroomError) -> None:
        _log.warning("an event of the audit could not be checked: %s", problem)
        self._withheld.setdefault(name, UNCHECKED)

    def _bodies(self, one: Named) -> Iterator[_Body]:
        for id_, platforms in one.authors:
            of = [{"terms": {"platform": platforms}}] if platforms else []
            yield self._of_author({"bool": {"filter": [{"term": {"author_id": id_}}, *of]}})
        part, size = list[Piece](), 0
        for piece in self._pieces(one):
            if not piece.path:
                yield self._of_author(piece.clause)
                continue
            if part and size + piece.clauses > CLAUSES:
                yield self._any_of(part)
                part, size = [], 0
            part, size = [*part, piece], size + piece.clauses
        if part:
            yield self._any_of(part)

    def _pieces(self, one: Named) -> Iterator[Piece]:
        for address in one.addresses:
            self._look_at_the_clock()
            forms = spellings(address)[1]
            yield from (Piece("url", {"wildcard": {"url": {"value": form, "case_insensitive": True}}}) for form in forms)
        for query in one.queries:
            self._look_at_the_clock()
            yield from pieces(query)

    def _look_at_the_clock(self) -> None:
        if time.monotonic() > self._until:
            raise node.TooSlow("there was no time for all that it asked", "Look again later.")

    def _any_of(self, part: Iterable[Piece]) -> _Body:
        hidden = [piece.hidden(self._unseen) for piece in part]
        return {"query": {"bool": {"should": hidden}}, "terminate_after": 1, "track_total_hits": True}

    def _of_author(self, clause: Clause) -> _Body:
        """Counts what is hidden, and what is beside it."""
        beside = {"beside": {"filter": self._unseen.rest}}
        return {"query": clause, "post_filter": self._unseen.found, "aggs": beside, "track_total_hits": True}


def _beside(answer: Mapping[str, Any]) -> int:
    """How much is to be seen of an author; of anything else that is not asked."""
    return int(answer.get("aggregations", {}).get("beside", {}).get("doc_count", 0))
