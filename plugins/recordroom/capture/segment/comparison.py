"""Compares parsed records with the archive. No network, no store.

Rules (docs/reference/archive-format.md, "Records and versions")
- Hashes are compared only within one canon; across two, the kept evidence of the last version is parsed with
  today's parser.
- A change of content or of status takes the next sequence and makes one row; a row of status alone repeats
  the version.
- A record that the platform gives in part only changes nothing that is archived.
- An older state that arrives late (history, revision) takes the next sequence and its own valid_from, and
  never becomes current.
- So does the content of an imported file: no capture saw it on the platform. It adds nothing if it equals the
  current content as far as a file of its form can show, or if the same content, status, and time were
  recorded before.
- So does what an interrupted or slower capture had read before another committed the current content; its
  absences count no longer.
- The parent and root of the first sight are kept when a platform re-parents a record, and so is the kind,
  which follows from the parent.
- A delta has everything that the response itself does not say: a row is a function of (delta, parsed record,
  manifest), so that `rebuild` makes the same rows (rows.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec import structs

from recordroom.archive.state.record_state import END_OF_TIME, RecordState
from recordroom.canonical import CANONICAL_FORM, select_significant, version_of
from recordroom.model import VISIBLE, Absence, Record, instant

RereadContent = Callable[[RecordState], Record]
WindowOf = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class ResponseRef:
    """The response that a record is in."""

    captured_at: datetime  # when it was received
    warc_record_id: str
    # True: it is compared again, after others may have committed what they read later. Only then are times
    # compared,
    # since a clock that was set back must not make a record of now look old.
    again: bool = False

    def is_older_than(self, held: RecordState) -> bool:
        """Return whether the archive has a later reading of the record."""
        return self.again and instant(self.captured_at) < held.current_at


class Change(msgspec.Struct, frozen=True, gc=False):
    """A delta for the manifest, and the parsed record of its content."""

    delta: dict[str, Any]
    record: Record


def canon_of(parser_name: str) -> str:
    """Return the canon of a parser: canonical form and parser, such as `1/mastodon 2`."""
    return f"{CANONICAL_FORM}/{parser_name}"


def join_parts(parts: Iterable[Record]) -> list[Record]:
    """Fill partial records of one response into each other; the first value is kept.

    A history may have several states of one time, and a file may have the same content as visible and as
    removed: these stay apart.
    """
    joined: dict[tuple[str, datetime | None, str, str], Record] = {}
    for part in parts:
        key = (
            (part.record_id, part.valid_from, version_of(part), part.status)
            if part.historical
            else (part.record_id, None, "", "")
        )
        first = joined.get(key)
        if first is None:
            joined[key] = part
        elif first.partial or part.partial:
            whole, more = (part, first) if first.partial and not part.partial else (first, part)
            empty = {
                name: getattr(more, name)
                for name in Record.__struct_fields__
                if getattr(whole, name) in (None, [], ())
            }
            joined[key] = structs.replace(whole, **empty, partial=first.partial and part.partial)
    return list(joined.values())


def find_contradiction(parts: Iterable[Record]) -> str:
    """Return the record_id that one response has twice with different content.

    "" if none.

    Only live and complete records: `join_parts` could keep only one of the two.
    """
    first: dict[str, Record] = {}
    for part in parts:
        if not (part.historical or part.partial):
            other = first.setdefault(part.record_id, part)
            if other is not part and version_of(other) != version_of(part):
                return part.record_id
    return ""


class Comparison:
    """Compares what one capture reads with the archive."""

    def __init__(
        self, canon: str, reread: RereadContent, window_of: WindowOf, says: frozenset[str] | None = None
    ) -> None:
        """Prepare comparisons within a canon.

        reread: parses the kept evidence of a record's content.
        window_of: returns the `window_at` of a root that is archived or was just read.
        says: Parser.says, for imported files.
        """
        self.canon = canon
        self._says = says
        self._reread = reread
        self._window_of = window_of

    def compare(self, held: RecordState | None, record: Record, source: ResponseRef) -> Change | None:
        """Return the change that a live record makes; None if it is unchanged."""
        if self._says is not None:
            return self._imported(held, record, source)
        if record.historical:
            return self._late(held, record, source)
        version = version_of(record)
        if held is None or not held.version:
            return self._new(held, record, version, source)
        if record.partial and record.status == held.status:
            return None
        old = self._old_content(held, version)
        if source.is_older_than(held):
            return (
                None
                if old is None or self._is_known_state(held, record, version, source)
                else self._make_older(held, record, version, source)
            )
        changed = [] if old is None else _differences(old, record)
        if record.status != held.status:
            changed.append("status")
        return (
            self._changed(held, record, version, changed, source)
            if changed
            else self._rehash(held, record, version)
        )

    def _old_content(self, held: RecordState, version: str) -> Record | None:
        """Return the last version's content if it may differ from what was read.

        Else None.
        """
        if held.canon == self.canon and held.version == version:
            return None
        old = self._reread(held)
        return None if version_of(old) == version else old

    def _rehash(self, held: RecordState, record: Record, version: str) -> Change | None:
        """Return the change if only the parser or the canonical form of its hash changed."""
        if held.canon == self.canon and held.version == version:
            return None
        return Change({"record_id": held.record_id, "version": version, "canon": self.canon}, record)

    def _new(self, held: RecordState | None, record: Record, version: str, source: ResponseRef) -> Change:
        delta = self._delta(held, record, version, source)
        delta["changed"] = []
        return Change(delta, record)

    def _changed(
        self, held: RecordState, record: Record, version: str, changed: list[str], source: ResponseRef
    ) -> Change:
        delta = self._delta(held, _keep_place(held, record), version, source)
        content = [c for c in changed if c not in ("status", "media_bytes", "completed")]
        # the row repeats the version
        if not content or record.valid_from is None or instant(record.valid_from) <= held.valid_from:
            delta["valid_from"], delta["valid_from_source"] = instant(source.captured_at), "capture"
        delta |= {
            "changed": changed,
            "was": {"kind": held.kind, "status": held.status} | ({"tally": held.tally} if held.tally else {}),
        }
        return Change(delta, record)

    def _late(self, held: RecordState | None, record: Record, source: ResponseRef) -> Change | None:
        if record.valid_from is None:
            raise ValueError(f"{record.record_id}: a state from a history has no valid_from")
        version, since = version_of(record), instant(record.valid_from)
        for known in held.known if held else ():
            canon, cut, valid_from, *imported = known.split("|")
            if valid_from == since and not imported and (canon != self.canon or cut == version[:16]):
                return None
        delta = self._delta(held, record, version, source)
        delta |= {"changed": [], "late": True, "valid_from_source": "history"}
        return Change(delta, record)

    def _is_known_state(self, held: RecordState, record: Record, version: str, source: ResponseRef) -> bool:
        """Return whether a state is on record.

        By its hash, or if another canon made that, by its time.
        """
        times = (instant(record.valid_from or source.captured_at), instant(source.captured_at))
        # an imported file is no word of the platform
        on_record = [known.split("|") for known in held.known if known.count("|") == 2]
        return any(
            cut == version[:16] if canon == self.canon else since in times for canon, cut, since in on_record
        )

    def _imported(self, held: RecordState | None, record: Record, source: ResponseRef) -> Change | None:
        version = version_of(record)
        if held is not None and (self._is_recorded(held, record, version) or self._is_current(held, record)):
            return None
        return self._make_claim(held, record, version, source)

    def _make_claim(
        self, held: RecordState | None, record: Record, version: str, source: ResponseRef, *changed: str
    ) -> Change:
        told = {"changed": list(changed), "late": True, "valid_from_source": "import"}
        return Change(self._delta(held, record, version, source) | told, record)

    def _is_recorded(self, held: RecordState, record: Record, version: str) -> bool:
        """Return whether content and status were recorded before, with the file's time."""
        since = instant(record.valid_from) if record.valid_from else None
        same = (known.split("|") for known in held.known if known.split("|")[1] == version[:16])
        return any(
            since in (None, at) and (status or [VISIBLE]) == [record.status] for _, _, at, *status in same
        )

    def _is_current(self, held: RecordState, record: Record) -> bool:
        """Return whether the current content, which a capture saw, is what the file has."""
        if not held.version or record.status not in (VISIBLE, held.status):
            return False
        current = self._reread(held)
        ours, theirs, spread = _worded(current), _worded(record), current.shared_id is not None
        return all(
            _is_told(ours.get(name), value, spread)
            for name, value in theirs.items()
            if value and name in (self._says or ())
        )

    def _make_older(self, held: RecordState, record: Record, version: str, source: ResponseRef) -> Change:
        delta = self._delta(held, _keep_place(held, record), version, source)
        return Change(delta | {"changed": [], "late": True}, record)

    def add_files(self, held: RecordState, record: Record, source: ResponseRef) -> Change:
        """Return the change for a file that was missing: the content is the same."""
        version = version_of(record)
        if self._says is not None:
            return self._make_claim(held, record, version, source, "media_bytes")
        if source.is_older_than(held) and self._old_content(held, version) is not None:
            return self._make_older(held, record, version, source)
        return self._changed(held, record, version, ["media_bytes"], source)

    def compare_absence(self, held: RecordState, absence: Absence, source: ResponseRef) -> Change | None:
        """Return the change of an absence: a row of status that repeats the last content.

        None if that status is known.
        """
        if held.status == absence.status or held.content is None or source.is_older_than(held):
            return None
        record = self._reread(held)
        record = structs.replace(
            record, status=absence.status, acted_by=absence.acted_by, status_reason=absence.reason
        )
        change = self._changed(held, record, version_of(record), ["status"], source)
        change.delta["content"] = asdict(held.content)
        change.delta["pointer"] = ""  # the answer as a whole is what proves it
        change.delta["media"] = held.media
        return change

    def files_of(self, held: RecordState, record: Record) -> Mapping[str, Mapping[str, Any]]:
        """Return identity -> outcome of the files of an archived record."""
        if self._says is None:
            return {} if record.historical else held.media
        return held.unfilled.get(version_of(record)[:16], {})

    def may_fetch_unknown(self, record: Record) -> bool:
        """Return whether an unknown file of an unchanged record was never requested.

        An earlier parser did not see it.
        """
        return self._says is None and not record.historical

    def _delta(
        self, held: RecordState | None, record: Record, version: str, source: ResponseRef
    ) -> dict[str, Any]:
        captured = instant(source.captured_at)
        valid_from = instant(record.valid_from) if record.valid_from else captured
        known = {
            "root_id": record.root_id,
            "parent_id": record.parent_id,
            "published_at": instant(record.published_at) if record.published_at else None,
            "acted_by": (record.acted_by or "unknown") if record.status != VISIBLE else None,
            "status_reason": record.status_reason,
            "tally": record.tally,
        }
        return {
            "record_id": record.record_id,
            "native_id": record.native_id,
            "kind": record.kind,
            "sequence": held.sequence + 1 if held else 1,
            "version": version,
            "canon": self.canon,
            "status": record.status,
            "valid_from": valid_from,
            "valid_from_source": "platform" if record.valid_from else "capture",
            "captured_at": captured,
            "warc_record_id": source.warc_record_id,
            "pointer": record.pointer,
            "window_at": held.window_at if held else self._window_at(record, captured),
        } | {k: v for k, v in known.items() if v is not None}

    def _window_at(self, record: Record, captured: str) -> str:
        """Return the time that a new record belongs to: that of its conversation's root.

        So a window has complete conversations.
        """
        if record.kind == "profile":
            return END_OF_TIME
        root = (
            self._window_of(record.root_id) if record.root_id and record.root_id != record.record_id else None
        )
        return root or (instant(record.published_at) if record.published_at else captured)


def _keep_place(held: RecordState, record: Record) -> Record:
    """Put a record where it was first seen in its conversation.

    WordPress moves the reply to an erased comment up to the post; it stays a reply to that comment.
    """
    moved = held.parent_id not in (None, record.parent_id)
    return structs.replace(
        record,
        kind=held.kind if moved else record.kind,
        parent_id=held.parent_id or record.parent_id,
        root_id=held.root_id or record.root_id,
    )


def _differences(old: Record, new: Record) -> list[str]:
    """Return the names of the significant fields that differ.

    Files that a record had and no capture had requested are no change of its media. A record that a platform
    gives completely now is not a change of the part that it gave before.
    """
    before, after = select_significant(old), select_significant(new)
    names = [
        name
        for name in ("text", "title", "links", "media", "author_id", "visibility")
        if before.get(name) != after.get(name)
    ]
    late = old.more_files and not new.more_files and all(item in after["media"] for item in before["media"])
    names = ["media_bytes" if name == "media" and late else name for name in names]
    return ["completed"] if old.partial and not new.partial and set(names) - {"media_bytes"} else names


def _worded(record: Record) -> dict[str, Any]:
    """Return the significant content as imported files are compared.

    Such files wrap and trim text, have the typed characters for a site's typographic ones, and rarely
    alternative texts.
    """
    content = select_significant(record)
    content |= {name: _plain(content[name]) for name in ("text", "title") if name in content}
    return content | {"media": [item["identity"] for item in content["media"]]}


def _is_told(ours: Any, theirs: Any, spread: bool) -> bool:
    """Return whether a file's value is the archive's.

    spread: the record passes on what others wrote. X's archive cuts that off with an ellipsis; an account's
    own text that ends so may be an earlier state of a longer one.
    """
    cut = (
        spread
        and isinstance(theirs, str)
        and isinstance(ours, str)
        and len(theirs) > 20
        and theirs.endswith("...")
    )
    return bool(ours == theirs or (cut and ours.startswith(theirs[:-3].rstrip())))


def _plain(text: str) -> str:
    return re.sub("-+", "-", " ".join(text.translate(_TYPED).split()))


_TYPED = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "„": '"',
        "‘": "'",
        "’": "'",
        "′": "'",
        "″": '"',
        "–": "-",
        "—": "-",
        "×": "x",
        "…": "...",
    }
)
