"""Replies that vanished with a removed root post, which a person can confirm as withdrawn.

Some platforms say that a post was removed, and merely no longer show its replies. A reply is listed if its
root post is removed in the platform's words, and if the reply became unavailable in the same capture or
later. Nothing is decided here: a person states that they are withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from recordroom import dates
from recordroom.errors import UsageError
from recordroom.model import REMOVED, UNAVAILABLE, moment
from recordroom.records.statements import LONGEST_EVIDENCE, StatementOrder
from recordroom.register.models import Chain
from recordroom.retention.derivation import NOT_WITHDRAWN
from recordroom.retention.holds import HoldScope
from recordroom.retention.statements import WITHDRAWAL
from recordroom.search.access import Viewer
from recordroom.search.index.documents import Document
from recordroom.search.index.retention import RetentionHeads, list_statements, read_heads, read_versions
from recordroom.search.searcher import Searcher
from recordroom.status import is_claim
from recordroom.text import counted

_PART = 1_000  # record IDs of one query


@dataclass(frozen=True, slots=True)
class VanishedReplies:
    """The replies that vanished with one root post."""

    root: Document  # the version with which the removal began
    replies: tuple[str, ...]  # record IDs

    @property
    def key(self) -> str:
        """The account and the root post, as forms name them."""
        return f"{self.root['account']} {self.root['record_id']}"

    @property
    def evidence(self) -> str:
        """What captures saw, in words that are stored."""
        root, when = self.root, dates.format_time(moment(self.root["captured_at"]))
        ledger = Chain(root["platform"], root["account"]).ledger
        number, capture = root["ledger_number"], root["capture_id"]
        return (
            f"The platform said that the post {root['record_id']} was removed (capture {capture} of {when}"
            f" Pacific time; entry {number} of the ledger {ledger}). That capture or a later one no longer"
            f" found {counted(len(self.replies), 'reply')} to it."
        )


def list_vanished(searcher: Searcher, viewer: Viewer) -> list[VanishedReplies]:
    """Return the replies without a statement of withdrawal that counts, by root post.

    ServiceUnavailable if the bucket or Elasticsearch is away.
    """
    candidates = _find_candidates(searcher, viewer)
    roots = _find_roots(searcher, candidates, viewer)
    heads = read_heads(searcher.archive, RetentionHeads(searcher.retention.refresh(), 0, {}))
    wanted = {key: root for root in roots for key in candidates[root["account"], root["record_id"]]}
    vanished: dict[tuple[str, str], list[str]] = {}
    for versions in read_versions(searcher.client, searcher.alias, wanted):
        key = versions[0]["account"], versions[0]["record_id"]
        root, absent = wanted[key], find_run(versions, lambda one: bool(one["status"] == UNAVAILABLE))
        stated = list_statements(versions, heads).get(key, ())
        counts = any(obstacle is None and _is_withdrawal(heads, name) for name, obstacle in stated)
        if absent is not None and _is_since(absent, root) and not counts:
            vanished.setdefault((root["account"], root["record_id"]), []).append(key[1])
    found = {(root["account"], root["record_id"]): root for root in roots}
    return [VanishedReplies(found[key], tuple(sorted(ids))) for key, ids in sorted(vanished.items())]


def make_order(found: Sequence[VanishedReplies], reason: str) -> tuple[StatementOrder, int]:
    """Return the statement that these replies are withdrawn, and how many root posts it covers.

    They are the first ones whose evidence has room in one statement. UsageError if there are none.
    """
    if not found:
        raise UsageError("no reply vanished with a removed post", "There is nothing to state.")
    evidence, records, covered = "", set[str](), 0
    for one in found:
        longer = f"{evidence}\n{one.evidence}".strip()
        if len(longer) > LONGEST_EVIDENCE:
            break
        evidence, covered = longer, covered + 1
        records |= set(one.replies)
    scope = HoldScope(records=frozenset(records))
    return StatementOrder(WITHDRAWAL, scope, reason, evidence=evidence), covered


def find_run(versions: Iterable[Document], belongs: Callable[[Document], bool]) -> Document | None:
    """Return the first version of the last run that belongs; None if the last version does not belong.

    Versions that no capture saw in their place are left out.
    """
    found: Document | None = None
    for one in sorted(versions, key=lambda version: int(version["sequence"])):
        if not one["late_arrival"] and not is_claim(one):
            found = (found or one) if belongs(one) else None
    return found


Candidates = Mapping[tuple[str, str], Sequence[tuple[str, str]]]  # (account, root) -> (account, record_id)


def _find_candidates(searcher: Searcher, viewer: Viewer) -> Candidates:
    """Return the unavailable replies that do not count as withdrawn, by root post."""
    where = [{"status": UNAVAILABLE}, {"retention_trigger": NOT_WITHDRAWN}]
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for one in _read_current(searcher, [{"term": term} for term in where], viewer):
        root = one.get("root_id")
        if root and root != one["record_id"]:
            found.setdefault((one["account"], root), []).append((one["account"], one["record_id"]))
    return found


def _find_roots(searcher: Searcher, candidates: Candidates, viewer: Viewer) -> list[Document]:
    """Return the removed root posts of these replies: each as the version with which the removal began."""
    names, removed = iter(sorted({root for _, root in candidates})), []
    while some := list(islice(names, _PART)):
        clauses: list[dict[str, Any]] = [{"term": {"status": REMOVED}}, {"terms": {"record_id": some}}]
        current = _read_current(searcher, clauses, viewer)
        removed += [(one["account"], one["record_id"]) for one in current]
    wanted = {key for key in removed if key in candidates}
    found = (
        find_run(versions, lambda one: bool(one["status"] == REMOVED))
        for versions in read_versions(searcher.client, searcher.alias, wanted)
    )
    return [one for one in found if one is not None]


def _read_current(
    searcher: Searcher, clauses: Sequence[dict[str, Any]], viewer: Viewer
) -> Iterator[Document]:
    """Yield account, record ID, and root of the current versions that the viewer may see."""
    current: list[dict[str, Any]] = [{"term": {"current": True}}, *clauses]
    query = {"bool": {"filter": current, "must_not": viewer.exclude_hidden()}}
    body = {
        "query": query,
        "sort": [{"record_id": "asc"}, {"account": "asc"}],
        "_source": ["account", "record_id", "root_id"],
    }
    yield from (hit["_source"] for hit in searcher.read_hits(body))


def _is_since(absent: Document, root: Document) -> bool:
    """Return whether a reply became unavailable in the capture that found its root removed, or later."""
    return bool(
        absent["capture_id"] == root["capture_id"] or absent["ledger_number"] >= root["ledger_number"]
    )


def _is_withdrawal(heads: RetentionHeads, name: str) -> bool:
    return heads.state.statements[name].kind == WITHDRAWAL
