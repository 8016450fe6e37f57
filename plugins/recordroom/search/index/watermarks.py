"""How far the index has come, stored in the index itself (`_meta` of its mapping).

It always agrees with its documents.

```
{"format": 1, "made_by": digest of mapping and analysis,
 "chains": {"capture/<platform>/<account>":
            {"number", "sha256", "time", "rows", "finals", "retention", "series", "closed_on"}}}
```

A mark moves only after the documents up to it are durable. Two writers may move it against each other: it
then falls back, and the entries after it are indexed again, which changes nothing.

`retention`: the entry of the ledger `retention` that the account's documents follow; `series`, `closed_on`:
what the register said of the account when they were made. If any changed, the documents are derived again.

`finals`: window kind -> {time, since} of the last complete capture of that kind. Such a capture saw
everything that it covers and does not report as missing: so `last_seen_at` is calculated when a document is
shown, and no document is rewritten because it was seen again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from elasticsearch import Elasticsearch

from recordroom.archive.ledger import Entry, Tail
from recordroom.archive.state.account_summary import ROOTS
from recordroom.model import instant, is_looked_for, moment
from recordroom.retention.models import RegisteredAccount
from recordroom.search.client import speaking

FORMAT = 1
Finals = dict[str, dict[str, str | None]]


@dataclass(frozen=True, slots=True)
class Mark:
    """The last entry of a chain that the index has."""

    tail: Tail = field(default_factory=Tail)
    rows: int = 0  # rows of the account up to it
    finals: Finals = field(default_factory=dict)
    retention: int = 0  # entry of the ledger `retention` that all documents up to here follow
    account: RegisteredAccount = field(default_factory=RegisteredAccount)  # as they follow it

    def to_meta(self) -> dict[str, Any]:
        time = self.tail.time and instant(self.tail.time)
        return {
            "number": self.tail.number,
            "sha256": self.tail.sha256,
            "time": time,
            "rows": self.rows,
            "finals": self.finals,
            "retention": self.retention,
            "series": self.account.series,
            "closed_on": self.account.closed_on and self.account.closed_on.isoformat(),
        }

    def after(self, entry: Entry) -> Mark:
        finals = finals_after(self.finals, entry.body)
        tail = Tail(entry.number, entry.sha256, entry.time)
        return replace(self, tail=tail, rows=entry.body["rows"]["total"], finals=finals)


@dataclass(slots=True)
class Marks:
    """Everything in `_meta`."""

    made_by: str
    chains: dict[str, Mark] = field(default_factory=dict)

    def of(self, ledger: str) -> Mark:
        return self.chains.get(ledger, Mark())

    def finals(self, platform: str, account: str) -> Finals:
        return self.of(f"capture/{platform}/{account}").finals

    def to_meta(self) -> dict[str, Any]:
        chains = {name: mark.to_meta() for name, mark in self.chains.items()}
        return {
            "format": FORMAT,
            "made_by": self.made_by,
            "chains": chains,
        }


def from_meta(meta: Mapping[str, Any]) -> Marks:
    chains = {
        name: Mark(
            Tail(m["number"], m["sha256"], moment(m["time"]) if m["time"] else None),
            m["rows"],
            m["finals"],
            m.get("retention", 0),
            RegisteredAccount.parse(m),
        )
        for name, m in meta["chains"].items()
    }
    return Marks(meta["made_by"], chains)


def read(client: Elasticsearch, index: str) -> tuple[str, Marks]:
    """Return (concrete name, marks) of an index or alias.

    IndexMissing if there is none.
    """
    with speaking():
        [(name, found)] = client.indices.get_mapping(index=index).body.items()
    return name, from_meta(found["mappings"]["_meta"])


def write(client: Elasticsearch, name: str, marks: Marks) -> None:
    with speaking():
        client.indices.put_mapping(index=name, meta=marks.to_meta())


def finals_after(finals: Finals, manifest: Mapping[str, Any]) -> Finals:
    """Return the finals after a manifest.

    Only a capture that reports what it saw counts; one of kind `one` checks a single item.
    """
    window = manifest["window"]
    if not manifest["final"] or manifest.get("seen") is None or manifest["seen"].get("partial"):
        return finals
    kind = window["kind"] + (ROOTS if "skipped" in manifest.get("visited", {}) else "")
    return {**finals, kind: {"time": manifest["started"], "since": window.get("since")}}


def full_check(manifest: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what a manifest says that its capture saw, if that shows what it did not see too.

    The entries that leave a feed go unnoticed.
    """
    seen: Mapping[str, Any] | None = manifest.get("seen") if manifest["final"] else None
    return None if seen is None or seen.get("partial") else seen


def list_read_conversations(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the conversations that a capture read, if it skipped others.

    All that it covers in addition to root posts.
    """
    visited: Mapping[str, Any] = manifest.get("visited", {}) if manifest["final"] else {}
    return visited["read"] if "skipped" in visited and full_check(manifest) is not None else {}


def last_seen(document: Mapping[str, Any], finals: Finals, read_at: str | None = None) -> str:
    """Return when a visible record was last seen.

    At its last change, or in the last complete window that covers it.

    read_at: of its root post.
    """
    captured: str = document["captured_at"]
    if not is_looked_for(document["kind"], document["record_id"]):
        return captured
    is_root = document.get("root_id") in (None, document["record_id"])
    covering = [
        final["time"]
        for kind, final in finals.items()
        if final["time"]
        and (final["since"] is None or final["since"] <= document["window_at"])
        and (is_root or not kind.endswith(ROOTS))
    ]
    return max([captured, *covering, *([read_at] if read_at and not is_root else [])])
