"""The state of one record, and how each change in a manifest moves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from recordroom.archive.state.account_summary import ROOTS, Finals
from recordroom.errors import Tampered
from recordroom.model import ABSENT_STATUSES, is_looked_for

END_OF_TIME = "9999-12-31T23:59:59.999999Z"


@dataclass(frozen=True, slots=True)
class EvidenceRef:
    """The place in the archive of the response that a record was read from."""

    key: str  # of the evidence object
    offset: int  # first byte of the exchange in that object
    length: int  # bytes of the exchange
    warc_record_id: str
    pointer: str  # JSON pointer of the record in the response


@dataclass(slots=True)
class RecordState:
    """The state of one record, as the archive knows it.

    Snapshots store these fields under these names and in this order. Times are canonical instants. All fields
    but `sequence` and `known` describe the current version.
    """

    record_id: str
    native_id: str
    kind: str
    window_at: (
        str  # its place in windows: when the root was published, else first captured; END_OF_TIME: a profile
    )
    published_at: str | None = None
    tally: str | None = None  # the platform's own count that includes it; None: the count of its kind
    root_id: str | None = None
    parent_id: str | None = None
    sequence: int = 0  # the highest one
    version: str = ""
    canon: str = ""
    status: str = ""
    valid_from: str = ""
    current_at: str = ""  # when the response of the current row was received, also if it reported an absence
    seen_at: str = ""  # when a response last contained the record
    content: EvidenceRef | None = None
    # identity of a file -> outcome of its download
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)  # version_key of every sequence
    # First 16 digits of a version from an imported file -> `media` of it, as long as one of these files is
    # missing.
    unfilled: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    missing: bool = False  # the last capture that looked for it did not find it
    # since when it is missing with too many others for the captures to be believed
    doubted_at: str | None = None
    last_seen_at: str | None = None  # of a missing record: when it was seen last
    # The next three describe the conversation of a root post.
    read_at: str | None = None  # when it was last read to its end
    sign: int | str | None = None  # the value that changes with each new reply, as the platform gave it then
    lacking: int = 0  # replies that the platform counted then and did not show

    @property
    def is_root(self) -> bool:
        return self.root_id in (None, self.record_id)

    @property
    def present(self) -> bool:
        return self.status not in ABSENT_STATUSES and bool(self.version)

    @property
    def doubted(self) -> bool:
        return self.doubted_at is not None

    @property
    def window_key(self) -> tuple[str, str, str]:
        """The order of records in a window: conversation after conversation, from the oldest on."""
        return (self.window_at, self.root_id or self.record_id, self.record_id)


def last_seen(record: RecordState, root: RecordState | None, finals: Finals) -> str:
    """Return when a record that is not missing was last seen.

    That is at its last change, or in the last complete window that covers it. A window that left
    conversations out still looked for the replies to root posts that it did not see. No window looks for
    private messages, or for the list of blocked people.

    root: the state of the conversation's root post.
    """
    if not is_looked_for(record.kind, record.record_id):
        return record.seen_at
    left = "" if root is None else root.last_seen_at or (root.current_at if not root.present else END_OF_TIME)
    covering = [
        final["time"]
        for kind, final in finals.items()
        if final["time"]
        and (final["since"] is None or final["since"] <= record.window_at)
        and (record.is_root or not kind.endswith(ROOTS) or final["time"] > left)
    ]
    read = root.read_at if root is not None and not record.is_root else None
    return max([record.seen_at, *covering, *([read] if read else [])])


def version_key(delta: Mapping[str, Any]) -> str:
    """Return "canon|version|valid_from" of a delta, with the version cut to 16 digits.

    If an imported file gave the version, "|status" follows.
    """
    claim = f"|{delta['status']}" if delta["valid_from_source"] == "import" else ""
    return f"{delta['canon']}|{delta['version'][:16]}|{delta['valid_from']}{claim}"


def apply_delta(
    record: RecordState | None, delta: Mapping[str, Any], evidence: EvidenceRef | None
) -> RecordState:
    """Return the state of a record after a delta of a manifest.

    record: None before the first delta.
    evidence: of the delta's own response.
    """
    if "sequence" not in delta:  # only the canonical form was raised
        if record is None:
            raise Tampered(
                delta["record_id"], "a manifest raises the canon of a record that no manifest added"
            )
        record.version, record.canon = delta["version"], delta["canon"]
        return record
    if record is None:
        identity = (delta["record_id"], delta["native_id"], delta["kind"])
        record = RecordState(*identity, delta["window_at"], delta.get("published_at"))
        record.root_id, record.parent_id = delta.get("root_id"), delta.get("parent_id")
    record.sequence = delta["sequence"]
    record.known.append(version_key(delta))
    if delta.get("late"):
        note_files(record, delta)
        return record
    record.version, record.canon, record.status = delta["version"], delta["canon"], delta["status"]
    record.valid_from, record.kind, record.tally = delta["valid_from"], delta["kind"], delta.get("tally")
    record.current_at = delta["captured_at"]
    if "content" not in delta:
        record.content, record.media = evidence, dict(delta.get("media", {}))
    if record.status in ABSENT_STATUSES:
        record.doubted_at = None
    else:
        record.seen_at = delta["captured_at"]
        mark_seen(record)
    return record


def note_files(record: RecordState, delta: Mapping[str, Any]) -> None:
    """Note which files of an imported version are archived and which are missing.

    A later import may bring these.
    """
    if delta["valid_from_source"] == "import":
        version, media = delta["version"][:16], delta.get("media", {})
        record.unfilled.pop(version, None)
        if any("sha256" not in outcome for outcome in media.values()):
            record.unfilled[version] = dict(media)


def apply_missing(record: RecordState, last: str) -> None:
    """Mark a record that was not seen where it was expected.

    last: when it was seen before.
    """
    if not record.missing:
        record.missing, record.last_seen_at = True, last


def apply_read(record: RecordState, at: str, sign: int | str | None, *, lacking: int) -> None:
    """Note on a root post that its conversation was read to its end."""
    record.read_at, record.sign, record.lacking = at, sign, lacking


def mark_seen(record: RecordState) -> None:
    record.missing, record.doubted_at, record.last_seen_at = False, None, None
