"""What is held of one record, and the sums over an account: the values that the fold of a capture ledger is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from recordroom.archive.media import lacks
from recordroom.errors import Tampered
from recordroom.model import REMOVED, UNAVAILABLE, ZONE, instant, is_looked_for, moment

END_OF_TIME = "9999-12-31T23:59:59.999999Z"
GONE = (REMOVED, UNAVAILABLE)
RECENT = timedelta(days=30)  # as far back as an ordinary capture reads
DAYS = timedelta(days=400)  # a year and what a month may lack
Finals = dict[str, dict[str, str | None]]
ROOTS = ", first posts"  # behind the kind of a window that left conversations out: of those it saw only the first posts


@dataclass(frozen=True, slots=True)
class Place:
    """Where content stands: `length` bytes at `offset` of the evidence object `key`."""

    key: str
    offset: int
    length: int
    warc_record_id: str
    pointer: str


@dataclass(slots=True)
class Held:
    """What the archive holds of one record. `sequence`: the highest; the rest but `known` is of the current one.

    `known`: "canon|version|valid_from" of every sequence (version cut to 16 digits), and "|status" where an imported file says so.
    `media`: identity -> outcome of its fetch. `unfilled`: the same of what imported files tell, by the first 16 digits of the version, as
    long as a file of it lacks.
    `current_at`: when the response of the current row was received, that of an absence too; `seen_at`: when it was there last.
    `missing`: not seen when last looked for, `last_seen_at` then says when it was seen last; `doubted_at`: since when
    it was gone together with too many others to be believed. Times are canonical instants.
    Of a conversation's first post also `read_at`: when the conversation was last read whole, `sign`: what the platform said then that moves
    with each new answer, and `lacking`: how many more answers it counted than it showed.
    """

    record_id: str
    native_id: str
    kind: str
    window_at: str
    published_at: str | None = None
    tally: str | None = None
    root_id: str | None = None
    parent_id: str | None = None
    sequence: int = 0
    version: str = ""
    canon: str = ""
    status: str = ""
    valid_from: str = ""
    current_at: str = ""
    seen_at: str = ""
    content: Place | None = None
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)
    unfilled: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    missing: bool = False
    doubted_at: str | None = None
    last_seen_at: str | None = None
    read_at: str | None = None
    sign: int | str | None = None
    lacking: int = 0

    @property
    def is_root(self) -> bool:
        return self.root_id in (None, self.record_id)

    @property
    def present(self) -> bool:
        return self.status not in GONE and bool(self.version)

    @property
    def doubted(self) -> bool:
        return self.doubted_at is not None

    @property
    def window_key(self) -> tuple[str, str, str]:
        return (self.window_at, self.root_id or self.record_id, self.record_id)


@dataclass(slots=True)
class Sums:
    """What is folded over the whole account. `counts`: kind -> status -> current records; `tallies`: the
    same by the platform's own counts; `finals`: window kind (with ROOTS where conversations were left out) -> its last complete
    final manifest {time, since, given}, `given`: when the last one began that was given all conversations, or read the whole account;
    `evidence`: recent keys -> time of their entry; `written`: names of the files of recent rows -> the same; `rows`: rows committed so far;
    `read`: "recent", "whole" -> when RECENT, and the whole account, were last read to the end, the first capture's start where they never
    were; "messages" -> the same of private messages, not there where they never were; "unavailable" -> since when sweeps did not come to
    ask for what is; `unread`: window kind -> how many conversations its last complete capture was not given, a first one's those of all its
    parts, as `full`; `imports`: hash of a file -> its last import; `days`: of the last DAYS, where the agency is -> [captures that ended,
    those that failed]; `unfetched`: record -> why files of it lack; `called`: what whoever answered was called, each {handle, title,
    since}, the last one now."""

    rows: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    tallies: dict[str, dict[str, int]] = field(default_factory=dict)
    finals: Finals = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    identity: dict[str, Any] | None = None
    spent: dict[str, dict[str, list[int]]] = field(default_factory=dict)  # hour (UTC) -> window kind -> [units, thousandths of a dollar]
    budget: dict[str, Any] | None = None  # of the last final manifest: what was put off
    last: dict[str, Any] = field(default_factory=dict)  # of the newest manifest that is not ASIDE
    last_start: str | None = None
    read: dict[str, str] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    not_before: str | None = None
    history: dict[str, Any] = field(default_factory=dict)  # cursor, done, began
    validators: dict[str, Any] = field(default_factory=dict)
    failure: dict[str, Any] | None = None
    gap_ids: list[str] = field(default_factory=list)  # of the last final manifest
    completeness: dict[str, Any] | None = None  # of the last complete one
    token: dict[str, str] = field(default_factory=dict)  # what was known of it last (capture/credentials/tokens.py)
    imports: dict[str, dict[str, Any]] = field(default_factory=dict)
    days: dict[str, list[int]] = field(default_factory=dict)
    unfetched: dict[str, list[str]] = field(default_factory=dict)
    called: list[dict[str, str | None]] = field(default_factory=list)

    def looked(self, at: datetime, *, failed: bool) -> None:
        """A capture ended."""
        today = at.astimezone(ZONE).date()
        if today.isoformat() not in self.days:
            oldest = (today - DAYS).isoformat()
            self.days = {day: told for day, told in self.days.items() if day > oldest} | {today.isoformat(): [0, 0]}
        self.days[today.isoformat()][failed] += 1

    def answered(self, identity: Mapping[str, Any], at: datetime) -> None:
        """Who answered, by the names that people know."""
        names = {name: identity.get(name) for name in ("handle", "title")}
        last = self.called[-1] if self.called else {}
        if any(names.values()) and any(names[name] != last.get(name) for name in names):
            self.called.append({**names, "since": instant(at)})

    def present(self, kind: str | None = None) -> int:
        chosen = self.counts.values() if kind is None else [self.counts.get(kind, {})]
        return sum(n for statuses in chosen for status, n in statuses.items() if status not in GONE)

    def after(self, deltas: Iterable[Mapping[str, Any]]) -> Sums:
        """The sums as they will be once these deltas are committed; only `counts`, `tallies` and `unfetched` differ."""
        new = replace(self, counts=deepcopy(self.counts), tallies=deepcopy(self.tallies), unfetched=dict(self.unfetched))
        for delta in deltas:
            new.count(delta)
        return new

    def count(self, delta: Mapping[str, Any]) -> None:
        """Move a record from the kind and status that it had to those of the delta, and tell which files it lacks."""
        if "sequence" not in delta or delta.get("late"):
            return
        self.unfetched.pop(delta["record_id"], None)
        if reasons := lacks(delta):
            self.unfetched[delta["record_id"]] = reasons
        for where, step in ((delta, 1), (delta.get("was"), -1)):
            if where is not None:
                for table, name in ((self.counts, where["kind"]), (self.tallies, where.get("tally", where["kind"]))):
                    statuses = table.setdefault(name, {})
                    statuses[where["status"]] = statuses.get(where["status"], 0) + step


def is_narrow(since: str | None, started: str) -> bool:
    """Whether a window of the last days begins later than an ordinary one, since a person asked for no more: what lacks before it lacks
    still."""
    return since is not None and moment(since) > moment(started) - RECENT


def last_seen(held: Held, root: Held | None, finals: Finals) -> str:
    """When a record that is not missing was last seen: at its last change, or in the last complete window that covers it. `root`: what is
    held of its conversation's first post. A window that left conversations out still looked for the answers to what it did not see; none
    looks for private messages, nor for who is blocked."""
    if not is_looked_for(held.kind, held.record_id):
        return held.seen_at
    left = "" if root is None else root.last_seen_at or (root.current_at if not root.present else END_OF_TIME)
    covering = [
        final["time"]
        for kind, final in finals.items()
        if final["time"]
        and (final["since"] is None or final["since"] <= held.window_at)
        and (held.is_root or not kind.endswith(ROOTS) or final["time"] > left)
    ]
    read = root.read_at if root is not None and not held.is_root else None
    return max([held.seen_at, *covering, *([read] if read else [])])


def known_as(delta: Mapping[str, Any]) -> str:
    claim = f"|{delta['status']}" if delta["valid_from_source"] == "import" else ""
    return f"{delta['canon']}|{delta['version'][:16]}|{delta['valid_from']}{claim}"


def apply_delta(held: Held | None, delta: Mapping[str, Any], place: Place | None) -> Held:
    """The record after a delta of a manifest. `place`: where the delta's own response stands."""
    if "sequence" not in delta:  # only the canon rose
        if held is None:
            raise Tampered(delta["record_id"], "a manifest raises the canon of a record that no manifest brought")
        held.version, held.canon = delta["version"], delta["canon"]
        return held
    if held is None:
        held = Held(delta["record_id"], delta["native_id"], delta["kind"], delta["window_at"], delta.get("published_at"))
        held.root_id, held.parent_id = delta.get("root_id"), delta.get("parent_id")
    held.sequence = delta["sequence"]
    held.known.append(known_as(delta))
    if delta.get("late"):
        note_files(held, delta)
        return held
    held.version, held.canon, held.status = delta["version"], delta["canon"], delta["status"]
    held.valid_from, held.kind, held.tally = delta["valid_from"], delta["kind"], delta.get("tally")
    held.current_at = delta["captured_at"]
    if "content" not in delta:
        held.content, held.media = place, dict(delta.get("media", {}))
    if held.status in GONE:
        held.doubted_at = None
    else:
        held.seen_at = delta["captured_at"]
        mark_seen(held)
    return held


def note_files(held: Held, delta: Mapping[str, Any]) -> None:
    """Which files an imported file's word has, and which it lacks: a later import may bring these."""
    if delta["valid_from_source"] == "import":
        version, media = delta["version"][:16], delta.get("media", {})
        held.unfilled.pop(version, None)
        if any("sha256" not in outcome for outcome in media.values()):
            held.unfilled[version] = dict(media)


def apply_missing(held: Held, last: str) -> None:
    """Not seen where it was expected; `last`: when it was seen before."""
    if not held.missing:
        held.missing, held.last_seen_at = True, last


def apply_read(held: Held, at: str, sign: int | str | None, *, lacking: int) -> None:
    """The conversation that this post began was read whole."""
    held.read_at, held.sign, held.lacking = at, sign, lacking


def mark_seen(held: Held) -> None:
    held.missing, held.doubted_at, held.last_seen_at = False, None, None
