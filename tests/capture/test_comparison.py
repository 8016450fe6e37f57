"""What is a change, and what is none.

The cases are newer parsers, addresses and encodings that differ at each fetch, and the chain of versions
under any order of observations.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from recordroom.archive.state.record_state import EvidenceRef, RecordState, apply_delta
from recordroom.canonical import version_of
from recordroom.capture.derived.rebuild import checked_rows
from recordroom.capture.segment.comparison import Change, Comparison, ResponseRef, join_parts
from recordroom.capture.segment.parsing import EvidenceReader
from recordroom.capture.segment.rows import CommittedEntry, row_of
from recordroom.model import ABSENT_STATUSES, Absence, Exchange, Media, Record, instant
from recordroom.platforms import mastodon
from tests.capture.stage import PARENT, US, Play, opened
from tests.services import S3, Buckets


@pytest.fixture
def play(s3: S3, shared: Buckets, tmp_path: Path) -> Play:
    return opened(s3, shared, tmp_path)


# -- one record twice in one answer
# ------------------------------------------------------------------------------------------------------------


def twice(answer: httpx.Response, words: str = "") -> httpx.Response:
    """Return the same statuses a second time in one response, with other text."""
    told = json.loads(answer.read())
    return httpx.Response(
        200, json=told + [{**status, "content": words or status["content"]} for status in told]
    )


def test_a_record_that_one_answer_tells_twice_with_other_words_is_a_failure_and_no_words_are_dropped(
    play: Play,
) -> None:
    play.network.publish(US, "Closed today")
    with play.between.meanwhile("/statuses?", lambda _, real: twice(real())):
        play.sound()
    assert [t[3] for t in play.told()] == ["Closed today"], "the same again is the same"
    play.network.publish(US, "Open")
    with play.between.meanwhile("/statuses?", lambda _, real: twice(real(), "<p>Other words</p>")):
        outcome = play.capture()
    assert "twice, with different content" in str(outcome.failure)
    evidence = [
        play.archive.archive.get(one["key"])
        for entry in play.archive.manifests(play.name)
        for one in entry.body["evidence"]
    ]
    assert any(b"Other words" in gzip.decompress(warc) for warc in evidence)


def test_states_of_a_history_at_the_same_second_are_all_kept() -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    states = [
        Record(
            record_id="x:1", kind="post", native_id="1", pointer="", text=text, historical=True, valid_from=at
        )
        for text in ("one", "two", "one")
    ]
    assert [r.text for r in join_parts(states)] == ["one", "two"]


# -- raised parsers and canonical forms
# ------------------------------------------------------------------------------------------------------------


def test_a_raised_parser_sees_the_edits_of_the_same_day_and_no_others(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [
        play.network.publish(US, f"Post {n}", photos=[play.network.photo("mastodon", "Snow")])
        for n in range(5)
    ]
    answer = play.network.comment(PARENT, posts[0], "Why?")
    play.sound()
    before = play.told()
    play.network.edit(posts[1], "Post 1, edited")
    play.network.remove(answer)
    monkeypatch.setattr(mastodon, "PLATFORM", replace(mastodon.PLATFORM, parser=7))
    monkeypatch.setattr("recordroom.capture.segment.comparison.CANONICAL_FORM", 2)
    outcome = play.sound()
    assert (outcome.new, outcome.changed, outcome.absent) == (0, 2, 1)
    added = [t for t in play.told() if t not in before]
    assert [(t[1], t[2], t[3]) for t in sorted(added, key=lambda t: t[3])] == [
        (2, "visible", "Post 1, edited"),
        (2, "unavailable", "Why?"),
    ]
    held = {h.record_id: h.canon for h in play.archive.state(play.name).window(None)}
    assert set(held.values()) == {"2/mastodon 7"}
    play.network.remove(posts[2])
    later = play.sound()
    assert (later.new, later.changed, later.absent) == (0, 1, 1), (
        "an absence reads its content with today's parser"
    )
    play.network.edit(posts[1], "Post 1")
    assert play.sound().changed == 1
    chain = [(r["sequence"], r["version"]) for r in play.rows() if r["text"].startswith("Post 1")]
    assert [sequence for sequence, _ in chain] == [1, 2, 3]
    monkeypatch.undo()
    assert play.sound().changed == 0, "and back to the old parser"


def test_a_parser_that_reads_more_makes_no_version(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newer parser finds a title where the older one found none.

    The same evidence, read with it, shows that nothing changed.
    """
    play.network.publish(US, "Hello")
    play.sound()
    before = play.told()
    parse = mastodon.parse

    def reading_more(exchange: Exchange) -> Iterator[Record]:
        for record in parse(exchange):
            record.title = "A title of its own" if record.kind == "post" else record.title
            yield record

    monkeypatch.setattr(mastodon, "parse", reading_more)
    monkeypatch.setattr(mastodon, "PLATFORM", replace(mastodon.PLATFORM, parser=8))
    assert play.sound().changed == 0
    assert play.told() == before
    play.network.edit(next(iter(play.network.posts.values())), "Hello again")
    assert play.sound().changed == 1
    assert play.rows("changed")[-1] == {"changed": ["text"]}


def test_a_file_that_an_earlier_parser_did_not_see_is_fetched_by_the_next_sweep(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.network.publish(
        US, "Hello", photos=[play.network.photo("mastodon", "Snow"), play.network.photo("mastodon", "Ice")]
    )
    parse = mastodon.parse

    def reading_less(exchange: Exchange) -> Iterator[Record]:
        yield from (structs.replace(r, media=r.media[:1]) if r.kind == "post" else r for r in parse(exchange))

    with monkeypatch.context() as earlier:
        earlier.setattr(mastodon, "parse", reading_less)
        play.sound()
    monkeypatch.setattr(mastodon, "PLATFORM", replace(mastodon.PLATFORM, parser=9))
    assert play.sound().changed == 0, "of what was captured nothing changed"
    assert play.sound("full").changed == 1
    [first, second] = play.rows()
    assert (second["changed"], second["version"] != first["version"]) == (["media_bytes"], True)
    assert [bool(file["sha256"]) for file in second["media"]] == [True, True]
    assert play.sound("full").changed == 0


def test_a_parser_that_knows_less_of_who_acted_makes_no_version_and_leaves_what_was_put_down(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = mastodon.parse

    def hidden(by: str | None) -> Callable[[Exchange], Iterator[Record]]:
        def reading(exchange: Exchange) -> Iterator[Record]:
            yield from (
                structs.replace(r, status="hidden", acted_by=by, status_reason=f"{by} did it")
                for r in parse(exchange)
            )

        return reading

    post = play.network.publish(US, "Hello")
    monkeypatch.setattr(mastodon, "parse", hidden("agency"))
    play.sound()
    monkeypatch.setattr(mastodon, "parse", hidden(None))
    monkeypatch.setattr(mastodon, "PLATFORM", replace(mastodon.PLATFORM, parser=8))
    assert play.sound().changed == 0
    reader = EvidenceReader(play.archive.archive, "mastodon")
    rows = [row for entry in play.manifests() for row in checked_rows(entry, reader)]
    assert {(row["acted_by"], row["status_reason"]) for row in rows} == {("agency", "agency did it")}, (
        "as a rebuild makes them"
    )
    play.network.edit(post, "Hello again")
    play.sound()
    assert play.rows("changed", "acted_by")[-1] == {"changed": ["text"], "acted_by": "unknown"}, (
        "from the next version on"
    )


# -- what differs at each fetch
# ------------------------------------------------------------------------------------------------------------


def altered(
    change: Callable[[Any], Any],
) -> Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response]:
    return lambda _, real: httpx.Response(200, content=json.dumps(change(json.loads(real().read()))))


def test_a_number_that_no_column_holds_stops_no_capture(play: Play) -> None:
    """The manifest once promised a row that could not be written, and each later capture failed at it."""

    def enormous(tree: Any) -> Any:
        return [{**status, "favourites_count": 2**63} for status in tree] if isinstance(tree, list) else tree

    play.network.publish(US, "Snow")
    with play.between.meanwhile("/statuses", altered(enormous)):
        play.sound()
    play.network.publish(US, "More snow")
    play.sound()
    assert {row["text"]: (row["counts"] or {}).get("likes") for row in play.rows()} == {
        "Snow": None,
        "More snow": 0,
    }


def test_signed_addresses_other_encodings_and_new_names_are_no_edits(play: Play) -> None:
    post = play.network.publish(US, "Snow", photos=[play.network.photo("mastodon", "A road")])
    play.network.comment(PARENT, post, "Why?")
    play.sound()
    before = play.told()

    def signed(tree: Any) -> Any:
        if isinstance(tree, dict):
            tree = {k: signed(v) for k, v in tree.items()}
            if "preview_url" in tree:
                tree["url"] += "?signature=1&expires=2"
                tree["blurhash"] = "another"
        return [signed(one) for one in tree] if isinstance(tree, list) else tree

    play.network.rename(PARENT, name="A parent, renamed", handle="renamed@elsewhere.test")
    post.likes += 5
    play.between.rules.append(
        ("/media_attachments/", lambda _r, _a: httpx.Response(200, content=b"another encoding"))
    )
    with play.between.meanwhile("/api/v1/", altered(signed)):
        assert play.sound().changed == 0
        assert play.sound("full").changed == 0
    assert play.told() == before


# -- the chain of versions, under any order of observations
# ------------------------------------------------------------------------------------------------------------

DAY = datetime(2026, 3, 2, tzinfo=UTC)
RECORD = "mastodon:x/statuses/1"


@dataclass(frozen=True)
class Seen:
    """One observation of a record."""

    text: str
    status: str = "visible"  # an absent status: the record was not there
    since: int | None = None  # for an older text: number of the time at which it began
    photo: str = ""


OBSERVATIONS = st.lists(
    st.one_of(
        st.builds(
            Seen,
            st.sampled_from("ABC"),
            st.sampled_from(["visible", "hidden", "held"]),
            photo=st.sampled_from(["", "p", "q"]),
        ),
        st.builds(Seen, st.just(""), st.sampled_from(ABSENT_STATUSES)),
        # a platform's history has one text for each time
        st.integers(0, 5).map(lambda since: Seen("ABC"[since % 3], since=since)),
    ),
    max_size=12,
)


@dataclass
class Chain:
    """The committed deltas of one record, and the state that they fold to."""

    deltas: list[dict[str, Any]] = field(default_factory=list)
    evidence: dict[str, Record] = field(default_factory=dict)

    def held(self) -> RecordState | None:
        held: RecordState | None = None
        for delta in self.deltas:
            key = delta.get("warc_record_id", "")
            held = apply_delta(
                held, delta, EvidenceRef(key, 0, 0, key, delta.get("pointer", "")) if key else None
            )
        return held

    def comparison(self, canon: str) -> Comparison:
        return Comparison(
            canon, lambda held: self.evidence[held.content.key if held.content else ""], lambda _: None
        )

    def change(self, seen: Seen, number: int, canon: str) -> Change | None:
        """Return the change that an observation makes to the present chain."""
        held, source = self.held(), ResponseRef(DAY + timedelta(hours=number), f"<{number}>")
        if seen.status in ABSENT_STATUSES:
            if held is None or not held.present:
                return None
            answer = Exchange("GET", "https://x/", 404, (), b"")
            return self.comparison(canon).compare_absence(
                held, Absence(RECORD, seen.status, "gone", answer), source
            )
        record = Record(
            record_id=RECORD,
            kind="post",
            native_id="1",
            pointer=f"/{number}",
            text=seen.text,
            status=seen.status,
        )
        record.media = [Media(seen.photo, "image")] if seen.photo else []
        if seen.since is not None:
            record.historical, record.valid_from = True, DAY - timedelta(days=seen.since + 1)
        self.evidence[f"<{number}>"] = record
        return self.comparison(canon).compare(deepcopy(held), record, source)


def expected(observations: list[Seen]) -> list[tuple[str, str, bool]]:
    """Return (text and photo, status, late) of each sequence, by the documented rules."""
    rows: list[tuple[str, str, bool]] = []
    current: tuple[str, str] | None = None
    history: set[int] = set()
    for seen in observations:
        content = seen.text + seen.photo
        if seen.since is not None:
            if seen.since not in history:
                history.add(seen.since)
                rows.append((seen.text, "visible", True))
        elif seen.status in ABSENT_STATUSES:
            if current is not None and current[1] not in ABSENT_STATUSES:
                current = (current[0], seen.status)
                rows.append((*current, False))
        elif current != (content, seen.status):
            current = (content, seen.status)
            rows.append((*current, False))
    return rows


@given(OBSERVATIONS, st.data())
def test_the_chain_is_what_was_seen_whatever_races_and_raised_parsers_there_were(
    observations: list[Seen], data: st.DataObject
) -> None:
    """Each observation may be compared by a writer with an old view, which compares again.

    Its view is old after a lost race or a crash between evidence and manifest. The present chain may have the
    observation already.
    """
    chain = Chain()
    canon = "1/mastodon 1"
    for number, seen in enumerate(observations):
        if data.draw(st.integers(0, 9)) == 0:
            canon = f"1/mastodon {number + 2}"
        # writers that saw the same at the same time, or adopted it after a crash
        writers = data.draw(st.integers(1, 3))
        for _ in range(writers):
            change = chain.change(seen, number, canon)
            if change is not None:
                chain.deltas.append(change.delta)
    rows = [d for d in chain.deltas if "sequence" in d]
    assert [d["sequence"] for d in rows] == list(range(1, len(rows) + 1)), "no holes, none twice"
    read = [chain.evidence[d["content"]["key"] if "content" in d else d["warc_record_id"]] for d in rows]
    told = [
        (f"{record.text}{''.join(m.identity for m in record.media)}", d["status"], bool(d.get("late")))
        for d, record in zip(rows, read, strict=True)
    ]
    assert told == expected(observations)
    held = chain.held()
    live = [d for d in rows if not d.get("late")]
    if live:
        assert held is not None
        assert (held.status, held.sequence) == (live[-1]["status"], rows[-1]["sequence"])
        assert held.content is not None
        assert version_of(chain.evidence[held.content.key]) == held.version
        times = [d["valid_from"] for d in live]
        assert times == sorted(times)
        assert all(d["valid_from"] < instant(DAY) for d in rows if d.get("late"))


def test_a_record_stays_where_it_was_first_seen_in_its_conversation() -> None:
    """Its kind follows from its first parent.

    A reply whose parent the platform now calls the post is still a reply.
    """
    chain, manifest = Chain(), {"agency": "a", "account": "b", "platform": "wordpress", "capture_id": "c"}
    first = Record(
        record_id=RECORD,
        kind="reply",
        native_id="1",
        pointer="/0",
        parent_id="x:above",
        root_id="x:post",
        text="A",
    )
    moved = structs.replace(first, kind="comment", parent_id="x:post", text="B")
    rows = []
    for number, record in enumerate([first, moved, moved]):
        source = ResponseRef(DAY + timedelta(hours=number), f"<{number}>")
        chain.evidence[f"<{number}>"] = record
        change = chain.comparison("1/wordpress 1").compare(chain.held(), record, source)
        if change is not None:
            chain.deltas.append(change.delta)
            rows.append(row_of(change, CommittedEntry(number, DAY, manifest, "wordpress 1")))
    held = chain.held()
    assert held is not None
    assert [(r["kind"], r["parent_id"]) for r in [*chain.deltas, *rows]] == [("reply", "x:above")] * 4
    assert (held.kind, held.parent_id, chain.deltas[1]["was"]["kind"]) == ("reply", "x:above", "reply")


def test_there_and_back_again_are_three() -> None:
    assert expected(
        [Seen("A"), Seen("A"), Seen("B"), Seen("A"), Seen("", "removed"), Seen("", "removed"), Seen("A")]
    ) == [
        ("A", "visible", False),
        ("B", "visible", False),
        ("A", "visible", False),
        ("A", "removed", False),
        ("A", "visible", False),
    ]


def test_the_first_seen_place_is_kept_when_a_platform_moves_an_answer() -> None:
    chain = Chain()
    first = Record(
        record_id=RECORD, kind="comment", native_id="1", pointer="/0", text="A", parent_id="p", root_id="p"
    )
    chain.evidence["<0>"] = first
    change = chain.comparison("1/m 1").compare(None, first, ResponseRef(DAY, "<0>"))
    assert change is not None
    chain.deltas.append(change.delta)
    moved = structs.replace(first, text="B", parent_id="q", root_id="q", published_at=DAY)
    change = chain.comparison("1/m 1").compare(chain.held(), moved, ResponseRef(DAY, "<1>"))
    assert change is not None
    assert (change.delta["parent_id"], change.delta["root_id"]) == ("p", "p")
    assert change.delta["window_at"] == chain.deltas[0]["window_at"]
    assert (
        chain.comparison("1/m 1").compare(
            chain.held(), structs.replace(first, parent_id="q"), ResponseRef(DAY, "<2>")
        )
        is None
    )


def test_what_was_read_before_what_is_current_never_becomes_current() -> None:
    """It is compared again after another writer was faster.

    What is read for the first time is as new as it is, whatever the clock says.
    """
    chain = Chain()
    first, second = (
        Record(record_id=RECORD, kind="post", native_id="1", pointer="/0", text=text, published_at=DAY)
        for text in "AC"
    )
    comparison = chain.comparison("1/m 1")
    early = DAY
    then = DAY + timedelta(hours=1)
    late = DAY + timedelta(hours=2)
    for record, at in ((first, early), (second, late)):
        chain.evidence[f"<{at}>"] = record
        change = comparison.compare(chain.held(), record, ResponseRef(at, f"<{at}>"))
        assert change is not None
        chain.deltas.append(change.delta)
    held, between = chain.held(), structs.replace(first, text="B")
    assert held is not None
    assert comparison.compare(held, first, ResponseRef(then, "<b>", again=True)) is None, "A is on record"
    assert comparison.compare(held, second, ResponseRef(then, "<b>", again=True)) is None, (
        "C is the stored value"
    )
    older = comparison.compare(held, between, ResponseRef(then, "<b>", again=True))
    assert older is not None
    assert (older.delta["late"], older.delta["sequence"], older.delta["valid_from"]) == (
        True,
        3,
        instant(then),
    )
    now = comparison.compare(held, between, ResponseRef(then, "<b>"))
    assert now is not None
    assert "late" not in now.delta
    gone = Absence(RECORD, "removed", "gone", Exchange("GET", "https://x/", 404, (), b""))
    assert comparison.compare_absence(held, gone, ResponseRef(then, "<b>", again=True)) is None
    removed = comparison.compare_absence(
        held, gone, ResponseRef(late + timedelta(hours=1), "<d>", again=True)
    )
    assert removed is not None
    chain.deltas.append(removed.delta)
    assert comparison.compare(chain.held(), second, ResponseRef(late, "<c>", again=True)) is None, (
        "it was there before it was removed"
    )
