"""What a response changes: pure comparison of parsed records with what is held. No network, no store.

Rules (docs/archive-format.md, "Versions")
- Hashes are compared only within one canon; across two, the kept evidence of the last version is parsed with today's parser.
- A change of content or of status takes the next sequence and makes one row; a row of status alone repeats the version.
- What the platform gives in part alone changes nothing of what is held.
- An older state that arrives late (history, revision) takes the next sequence and its own valid_from, and never becomes current.
- So does whatever an imported file tells: nobody saw it on the platform. What stands there now as far as such a file can tell (its form
  may lack some fields) adds nothing, and neither does what is on record with the same content, status and time.
- So does what a dead or slower capture had read before somebody committed what is current now; that something was absent then says
  nothing any more.
- The first-seen parent and root are kept when a platform re-parents, and so is the kind, which follows from the parent.
- A delta holds all that the response itself does not tell: a row is a function of (delta, parsed record, manifest), so that
  `rebuild` makes the same rows (rows.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from recordroom.archive.state.record_state import END_OF_TIME, RecordState
from recordroom.canonical import CANONICAL_FORM, select_significant, version_of
from recordroom.model import VISIBLE, Absence, Record, instant

RereadContent = Callable[[RecordState], Record]
WindowOf = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Source:
    """The response that a record stands in: when it was received, and under which WARC-Record-ID it is kept.

    `again`: it is compared again, after others may have committed what they read later. Only then times are compared: a clock that was
    set back must not turn what is read now into something old.
    """

    captured_at: datetime
    warc_record_id: str
    again: bool = False

    def is_older_than(self, held: RecordState) -> bool:
        return self.again and instant(self.captured_at) < held.current_at


@dataclass(frozen=True, slots=True)
class Change:
    """A delta for the manifest and the parsed record of its content."""

    delta: dict[str, Any]
    record: Record


def canon_of(parser_name: str) -> str:
    """`1/mastodon 2`: canonical form and parser that made a hash."""
    return f"{CANONICAL_FORM}/{parser_name}"


def join(parts: Iterable[Record]) -> list[Record]:
    """Records of one exchange: partial ones are filled into each other (the first word of each field stands). Of one time there may be
    several states in a history, and a file may tell the same content as there and as removed."""
    joined: dict[tuple[str, datetime | None, str, str], Record] = {}
    for part in parts:
        key = (part.record_id, part.valid_from, version_of(part), part.status) if part.historical else (part.record_id, None, "", "")
        first = joined.get(key)
        if first is None:
            joined[key] = part
        elif first.partial or part.partial:
            whole, more = (part, first) if first.partial and not part.partial else (first, part)
            empty = {f.name: getattr(more, f.name) for f in fields(Record) if getattr(whole, f.name) in (None, [], ())}
            joined[key] = replace(whole, **empty, partial=first.partial and part.partial)
    return list(joined.values())


def told_otherwise(parts: Iterable[Record]) -> str:
    """The record_id of a live record that one exchange tells twice, each time whole and with other content; "" where there is none: `join`
    could keep only one of the two."""
    first: dict[str, Record] = {}
    for part in parts:
        if not (part.historical or part.partial):
            other = first.setdefault(part.record_id, part)
            if other is not part and version_of(other) != version_of(part):
                return part.record_id
    return ""


class Comparison:
    """Compares what one capture reads with what is held. `reread` parses the kept evidence of a held record's content;
    `window_of` gives the `window_at` of a root that is held or was just read. `says`: Parser.says, where imported files are read."""

    def __init__(self, canon: str, reread: RereadContent, window_of: WindowOf, says: frozenset[str] | None = None) -> None:
        self.canon = canon
        self._says = says
        self._reread = reread
        self._window_of = window_of

    def live(self, held: RecordState | None, record: Record, source: Source) -> Change | None:
        """The change that a live record makes; None if it is as it was."""
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
            return None if old is None or self._knows(held, record, version, source) else self._older(held, record, version, source)
        changed = [] if old is None else _differences(old, record)
        if record.status != held.status:
            changed.append("status")
        return self._changed(held, record, version, changed, source) if changed else self._raised(held, record, version)

    def _old_content(self, held: RecordState, version: str) -> Record | None:
        """The last version's content where it may differ from what was read now; None where it is the same."""
        if held.canon == self.canon and held.version == version:
            return None
        old = self._reread(held)
        return None if version_of(old) == version else old

    def _raised(self, held: RecordState, record: Record, version: str) -> Change | None:
        """Nothing changed but the parser or the canonical form that hashes it."""
        if held.canon == self.canon and held.version == version:
            return None
        return Change({"record_id": held.record_id, "version": version, "canon": self.canon}, record)

    def _new(self, held: RecordState | None, record: Record, version: str, source: Source) -> Change:
        delta = self._delta(held, record, version, source)
        delta["changed"] = []
        return Change(delta, record)

    def _changed(self, held: RecordState, record: Record, version: str, changed: list[str], source: Source) -> Change:
        delta = self._delta(held, _keep_place(held, record), version, source)
        content = [c for c in changed if c not in ("status", "media_bytes", "completed")]
        if not content or record.valid_from is None or instant(record.valid_from) <= held.valid_from:  # the row repeats the version
            delta["valid_from"], delta["valid_from_source"] = instant(source.captured_at), "capture"
        delta |= {"changed": changed, "was": {"kind": held.kind, "status": held.status} | ({"tally": held.tally} if held.tally else {})}
        return Change(delta, record)

    def _late(self, held: RecordState | None, record: Record, source: Source) -> Change | None:
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

    def _knows(self, held: RecordState, record: Record, version: str, source: Source) -> bool:
        """Whether it is on record: by its hash, or where another canon made that, by its time."""
        times = (instant(record.valid_from or source.captured_at), instant(source.captured_at))
        on_record = [known.split("|") for known in held.known if known.count("|") == 2]  # an imported file is no word of the platform
        return any(cut == version[:16] if canon == self.canon else since in times for canon, cut, since in on_record)

    def _imported(self, held: RecordState | None, record: Record, source: Source) -> Change | None:
        version = version_of(record)
        if held is not None and (self._told_before(held, record, version) or self._stands_there(held, record)):
            return None
        return self._claim(held, record, version, source)

    def _claim(self, held: RecordState | None, record: Record, version: str, source: Source, *changed: str) -> Change:
        told = {"changed": list(changed), "late": True, "valid_from_source": "import"}
        return Change(self._delta(held, record, version, source) | told, record)

    def _told_before(self, held: RecordState, record: Record, version: str) -> bool:
        """Whether that content is on record with that status, and with that time if the file tells any."""
        since = instant(record.valid_from) if record.valid_from else None
        same = (known.split("|") for known in held.known if known.split("|")[1] == version[:16])
        return any(since in (None, at) and (status or [VISIBLE]) == [record.status] for _, _, at, *status in same)

    def _stands_there(self, held: RecordState, record: Record) -> bool:
        """Whether the current content, which a capture saw, is what the file tells."""
        if not held.version or record.status not in (VISIBLE, held.status):
            return False
        current = self._reread(held)
        ours, theirs, spread = _worded(current), _worded(record), current.shared_id is not None
        return all(_is_told(ours.get(name), value, spread) for name, value in theirs.items() if value and name in (self._says or ()))

    def _older(self, held: RecordState, record: Record, version: str, source: Source) -> Change:
        delta = self._delta(held, _keep_place(held, record), version, source)
        return Change(delta | {"changed": [], "late": True}, record)

    def media_found(self, held: RecordState, record: Record, source: Source) -> Change:
        """A file that could not be fetched before is here now: a row of its own, the content is as it was."""
        version = version_of(record)
        if self._says is not None:
            return self._claim(held, record, version, source, "media_bytes")
        if source.is_older_than(held) and self._old_content(held, version) is not None:
            return self._older(held, record, version, source)
        return self._changed(held, record, version, ["media_bytes"], source)

    def absence(self, held: RecordState, absence: Absence, source: Source) -> Change | None:
        """What an absence changes: a row of status that repeats the last content; None if that status is known."""
        if held.status == absence.status or held.content is None or source.is_older_than(held):
            return None
        record = self._reread(held)
        record = replace(record, status=absence.status, acted_by=absence.acted_by, status_reason=absence.reason)
        change = self._changed(held, record, version_of(record), ["status"], source)
        change.delta["content"] = asdict(held.content)
        change.delta["pointer"] = ""  # the answer as a whole is what proves it
        change.delta["media"] = held.media
        return change

    def files_of(self, held: RecordState, record: Record) -> Mapping[str, Mapping[str, Any]]:
        """Identity -> outcome of the files of a record that is held as it was read."""
        if self._says is None:
            return {} if record.historical else held.media
        return held.unfilled.get(version_of(record)[:16], {})

    def asks_for(self, record: Record) -> bool:
        """Whether a file of an unchanged record of which nothing is known was never asked for: an earlier parser did not see it."""
        return self._says is None and not record.historical

    def _delta(self, held: RecordState | None, record: Record, version: str, source: Source) -> dict[str, Any]:
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
        """Where a record new to us belongs in time: with its conversation's root, so that a window holds whole conversations."""
        if record.kind == "profile":
            return END_OF_TIME
        root = self._window_of(record.root_id) if record.root_id and record.root_id != record.record_id else None
        return root or (instant(record.published_at) if record.published_at else captured)


def _keep_place(held: RecordState, record: Record) -> Record:
    """Put a record where it was first seen in its conversation, whatever the platform says of that now.

    WordPress moves the reply to an erased comment up to the post; it stays a reply to that comment.
    """
    moved = held.parent_id not in (None, record.parent_id)
    return replace(
        record,
        kind=held.kind if moved else record.kind,
        parent_id=held.parent_id or record.parent_id,
        root_id=held.root_id or record.root_id,
    )


def _differences(old: Record, new: Record) -> list[str]:
    """Names of the significant fields that differ. Files that it had, and nobody had asked for, are no change of its media; nothing that a
    platform gives whole now is a change of what it gave in part."""
    before, after = select_significant(old), select_significant(new)
    names = [name for name in ("text", "title", "links", "media", "author_id", "visibility") if before.get(name) != after.get(name)]
    late = old.more_files and not new.more_files and all(item in after["media"] for item in before["media"])
    names = ["media_bytes" if name == "media" and late else name for name in names]
    return ["completed"] if old.partial and not new.partial and set(names) - {"media_bytes"} else names


def _worded(record: Record) -> dict[str, Any]:
    """The significant content as imported files are compared: they wrap and trim text, have the marks that were typed where a site shows
    typographic ones, and few have alternative texts."""
    content = select_significant(record)
    content |= {name: _plain(content[name]) for name in ("text", "title") if name in content}
    return content | {"media": [item["identity"] for item in content["media"]]}


def _is_told(ours: Any, theirs: Any, spread: bool) -> bool:
    """`spread`: it passes on what others wrote. X's archive cuts that off, and says so by an ellipsis; words of one's own that end so may
    be an earlier state of a text that became longer."""
    cut = spread and isinstance(theirs, str) and isinstance(ours, str) and len(theirs) > 20 and theirs.endswith("...")
    return bool(ours == theirs or (cut and ours.startswith(theirs[:-3].rstrip())))


def _plain(text: str) -> str:
    return re.sub("-+", "-", " ".join(text.translate(_TYPED).split()))


_TYPED = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "′": "'", "″": '"', "–": "-", "—": "-", "×": "x", "…": "..."})
