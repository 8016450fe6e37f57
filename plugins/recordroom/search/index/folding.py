"""Fold a run of manifests: the documents that it makes, and those that it changes.

Rules
- A new sequence that is not a late arrival is current, and replaces the one before it, whose document is
  written again.
- If all are late arrivals (only imported files have the record), the one with the latest valid_from is
  current. It says nothing about the platform, so no capture makes it seen, missing, or removed.
- first_seen_at is the first sequence's captured_at; removal_noticed_at is the captured_at of the first in a
  run of removed sequences.
- The retention fields are the same in every document of a record (retention.py).
- last_seen_at is stored if a record is removed or missing, else calculated when it is shown (watermarks.py).
- read_at of a root post is when its conversation was last read by a capture that skipped others.
- A document's version is the number of the newest manifest that touched its record (external_gte): replays
  never take it backwards.

The same manifests give the same documents whether they are folded one by one, all at once, or repeatedly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from recordroom.archive.ledger import Entry
from recordroom.errors import ArchiveError
from recordroom.model import REMOVED, UNAVAILABLE
from recordroom.search.index.documents import Document, id_of
from recordroom.search.index.retention import Deriver
from recordroom.search.index.watermarks import Mark, full_check, last_seen, list_read_conversations

GONE = (REMOVED, UNAVAILABLE)
BLOCK = 8  # sequences of a record that are asked for at once
Find = Callable[[list[str]], dict[str, Document]]


class ManifestFolder:
    """Folds the manifests of one account.

    find: id -> document for those that the index has, in their newest state, refreshed or not. touched:
    (record_id, sequence) -> number of the newest manifest, for each document to be written.
    """

    def __init__(self, account: str, deriver: Deriver, mark: Mark, find: Find) -> None:
        self.account = account
        self.mark = mark
        self._deriver = deriver
        self.touched: dict[tuple[str, int], int] = {}
        self._find = find
        self._known: dict[str, dict[int, Document]] = {}
        self._told: Mapping[str, str] = {}

    def fold(self, entries: Sequence[Entry], rows: Mapping[int, list[Document]]) -> None:
        """Fold consecutive manifests; `rows`: entry number -> its documents."""
        self._load_earlier(d for e in entries for d in rows[e.number])
        self._load_all(
            r
            for e in entries
            for seen in [full_check(e.body)]
            if seen
            for r in (*seen["missing"], *seen["added"])
        )
        self._load_all(r for e in entries for r in list_read_conversations(e.body))
        for entry in entries:
            self._told = (full_check(entry.body) or {}).get("last_seen", {})
            windows = {
                (d["record_id"], d["sequence"]): d["window_at"]
                for d in entry.body["deltas"]
                if "sequence" in d
            }
            for document in rows[entry.number]:
                document["window_at"] = windows[document["record_id"], document["sequence"]]
                self._add(document, entry.number)
            self._note_missing(entry)
            self._note_read(entry)
            self.mark = self.mark.after(entry)
        self._derive_retention()

    def documents(self) -> Iterable[tuple[str, int, Document]]:
        """Yield (id, version, document) for all that has to be written."""
        for (record_id, sequence), number in self.touched.items():
            yield id_of(self.account, record_id, sequence), number, self._known[record_id][sequence]

    def _add(self, new: Document, number: int) -> None:
        record_id, sequence = new["record_id"], new["sequence"]
        others = self._known.setdefault(record_id, {})
        earlier = others.get(sequence - 1)
        new["first_seen_at"] = earlier["first_seen_at"] if earlier else new["captured_at"]
        before = self._current(record_id, sequence - 1)
        new["current"] = not new["late_arrival"] or before is None or _is_outdone(before, new)
        if new["current"]:
            self._state(new, before)
            if before is not None:
                new |= {"read_at": before["read_at"]} if "read_at" in before else {}
                self._supersede(before, number)
        self._touch(new, number)

    def _touch(self, document: Document, number: int) -> None:
        """Take a changed document, which the caller owns."""
        self._known[document["record_id"]][document["sequence"]] = document
        self.touched[document["record_id"], document["sequence"]] = number

    def _state(self, new: Document, before: Document | None) -> None:
        """Set the fields that only the current document of a record has."""
        observed = not new["late_arrival"]
        if new["status"] in GONE and observed:
            before = None if before is None or before["late_arrival"] else before
            was_gone = before is not None and before["status"] in GONE
            new["removal_noticed_at"] = (
                before["removal_noticed_at"] if before and was_gone else new["captured_at"]
            )
            seen = before and (before.get("last_seen_at") or (None if was_gone else self._last_seen(before)))
            if seen:
                new["last_seen_at"] = seen

    def _derive_retention(self) -> None:
        """Set the retention fields of every record that was touched, in all of its documents.

        All of them are written, with the newest number: else the same manifests would give other versions of
        documents if they are folded one by one.
        """
        newest: dict[str, int] = {}
        for (record_id, _), number in self.touched.items():
            newest[record_id] = max(number, newest.get(record_id, 0))
        documents = [one for record_id in newest for one in self._known[record_id].values()]
        self._deriver.apply(documents)
        for document in documents:
            self.touched[document["record_id"], document["sequence"]] = newest[document["record_id"]]

    def _supersede(self, before: Document, number: int) -> None:
        self._touch(before | {"current": False}, number)

    def _note_missing(self, entry: Entry) -> None:
        """Mark the records that a capture expected and did not see, and those that it sees again."""
        seen = full_check(entry.body)
        if seen is None:
            return
        for record_id, missing in [
            *((r, True) for r in seen["missing"]),
            *((r, False) for r in seen["added"]),
        ]:
            upto = max(
                (s for s, d in self._known.get(record_id, {}).items() if d["ledger_number"] <= entry.number),
                default=0,
            )
            document = self._current(record_id, upto)
            if document is None or document["late_arrival"] or document["status"] in GONE:
                continue
            if ("last_seen_at" in document) == missing:
                continue
            noted = {k: v for k, v in document.items() if k != "last_seen_at"}
            if missing:
                noted["last_seen_at"] = self._last_seen(document)
            self._touch(noted, entry.number)

    def _note_read(self, entry: Entry) -> None:
        """Mark the conversations that a capture read which skipped others."""
        for root_id in list_read_conversations(entry.body):
            upto = max(
                (s for s, d in self._known.get(root_id, {}).items() if d["ledger_number"] <= entry.number),
                default=0,
            )
            document = self._current(root_id, upto)
            if document is not None:
                self._touch(document | {"read_at": entry.body["started"]}, entry.number)

    def _last_seen(self, document: Document) -> str:
        """Return when a record was last seen.

        A manifest whose capture skipped conversations says so itself: only that capture knew when each was
        read before.
        """
        return self._told.get(document["record_id"]) or last_seen(document, self.mark.finals)

    def _current(self, record_id: str, upto: int) -> Document | None:
        """Return the document with the highest sequence up to `upto` that is not a late arrival.

        If all are, return the latest by its own time.
        """
        known = self._known.get(record_id, {})
        own = [known[s] for s in sorted(known, reverse=True) if s <= upto]
        observed = next((document for document in own if not document["late_arrival"]), None)
        return observed or max(own, key=lambda d: (d["valid_from"], d["sequence"]), default=None)

    def _load_earlier(self, documents: Iterable[Document]) -> None:
        """Read every document that is earlier than each record's first one of this run."""
        first: dict[str, int] = {}
        for document in documents:
            first.setdefault(document["record_id"], document["sequence"])
        places = [(r, n) for r, s in first.items() for n in range(1, s) if n not in self._known.get(r, {})]
        self._fetch(places)
        for record_id, sequence in places:
            if sequence not in self._known.get(record_id, {}):
                raise ArchiveError(
                    f"sequence {sequence} of {record_id} in {self.account} is missing from the index",
                    "Run `recordroom rebuild index`.",
                )

    def _load_all(self, record_ids: Iterable[str]) -> None:
        """Read all sequences of records whose highest one is not known."""
        wanted, start = list(dict.fromkeys(record_ids)), 1
        while wanted:
            self._fetch(
                [
                    (r, n)
                    for r in wanted
                    for n in range(start, start + BLOCK)
                    if n not in self._known.get(r, {})
                ]
            )
            wanted = [r for r in wanted if start + BLOCK - 1 in self._known.get(r, {})]
            start += BLOCK

    def _fetch(self, places: Sequence[tuple[str, int]]) -> None:
        ids = {id_of(self.account, r, s): (r, s) for r, s in places}
        for name, document in self._find(list(ids)).items():
            record_id, sequence = ids[name]
            self._known.setdefault(record_id, {})[sequence] = document


def _is_outdone(before: Document, new: Document) -> bool:
    """Whether the new one of two late arrivals is later."""
    return bool(before["late_arrival"] and new["valid_from"] >= before["valid_from"])
