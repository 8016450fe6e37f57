"""A connector that fails, and an interrupted capture: what was read is kept, and the next capture uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa
import pytest
from msgspec import structs

from recordroom.archive import evidence, gaps, records
from recordroom.capture.derived.rebuild import rebuild_records
from recordroom.capture.derived.reparse import reparse
from recordroom.capture.segment import parsing
from recordroom.model import Exchange, Record
from recordroom.platforms import mastodon
from tests.capture.faults.answers import always
from tests.capture.stage import OTHER, US, Play, begun
from tests.capture.test_kills import captured, in_child


def test_a_connector_that_fails_is_named_and_the_rest_is_kept(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(play)
    monkeypatch.setattr(mastodon, "totals", lambda *_: dict[str, str]()["nothing"])
    outcome = play.capture()
    assert "the connector mastodon failed: KeyError" in str(outcome.failure)
    assert outcome.absent == 0
    monkeypatch.undo()
    play.sound()


def test_an_answer_about_what_was_missing_that_a_connector_cannot_read_is_kept(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list shows nothing; looked up by its ID, the post is there, with an edit that is seen only now."""
    old, _, _ = begun(play)
    play.network.edit(old, "School starts at eleven")
    read = mastodon.parse

    def mistaken(exchange: Exchange) -> Iterator[Record]:
        if "id%5B%5D=" in exchange.url:
            raise KeyError("content")
        return read(exchange)

    monkeypatch.setattr(mastodon, "parse", mistaken)
    with play.between.meanwhile("/statuses?limit", always(200, "[]")):
        outcome = play.capture()
    assert "cannot read" in str(outcome.failure)
    [item] = play.final()["evidence"]
    kept = evidence.read_exchanges(play.archive.archive.get(item["key"]))
    assert [b"School starts at eleven" in one.exchange.body for one in kept if "failure" in one.metadata] == [
        True
    ]
    monkeypatch.undo()
    play.sound()


def test_a_gap_of_a_capture_that_died_is_closed_by_the_next(play: Play) -> None:
    begun(play)
    name = gaps.Gaps(play.archive.archive).open_(
        play.name, f"{gaps.FAILED}UnexpectedResponse", "the process was killed before its manifest"
    )
    (play.folder / "spool/mastodon" / play.name / "20260101T000000Z-00000000").mkdir()
    play.sound()
    assert name not in {g.gap_id for g in gaps.Gaps(play.archive.archive).open_now([play.name])}


def mistyping(read: Callable[[Exchange], Iterator[Record]]) -> Callable[[Exchange], Iterator[Record]]:
    """Return a parser with a mistake: it yields a value of a wrong type."""

    def mistaken(exchange: Exchange) -> Iterator[Record]:
        for record in read(exchange):
            yield structs.replace(record, author_handle=7) if record.text == "Closed today" else record

    return mistaken


def test_an_answer_with_what_no_row_could_hold_is_kept_like_one_that_cannot_be_read(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of the capture is archived. Once, such a response stopped the account permanently."""
    old, _, _ = begun(play)
    play.network.publish(US, "Closed today")
    play.network.comment(OTHER, old, "And tomorrow?")
    with monkeypatch.context() as patch:
        patch.setattr(mastodon, "parse", mistyping(mastodon.parse))
        for _ in range(2):
            assert ": author_handle of mastodon:" in str(play.capture().failure)
    assert [gap.reason for gap in gaps.Gaps(play.archive.archive).open_now([play.name])] == [
        "capture-failed: UnexpectedResponse"
    ]
    assert {"Closed today", "And tomorrow?"}.intersection(r["text"] for r in play.rows()) == {"And tomorrow?"}
    kept = [
        k
        for e in play.manifests()
        for item in e.body["evidence"]
        for k in evidence.read_exchanges(play.archive.archive.get(item["key"]))
    ]
    assert [b"Closed today" in one.exchange.body for one in kept if "failure" in one.metadata] == [True], (
        "once"
    )
    play.sound()
    assert [r["text"] for r in play.rows()].count("Closed today") == 1


def telling_twice(read: Callable[[Exchange], Iterator[Record]]) -> Callable[[Exchange], Iterator[Record]]:
    """Return a parser with a mistake: it yields one record twice, with two texts."""

    def mistaken(exchange: Exchange) -> Iterator[Record]:
        for record in read(exchange):
            yield from (
                (record, structs.replace(record, text="Open today"))
                if record.text == "Closed today"
                else (record,)
            )

    return mistaken


@pytest.mark.parametrize("mistaking", [mistyping, telling_twice])
def test_what_was_kept_for_a_connector_s_mistake_waits_until_that_is_mended(
    play: Play,
    monkeypatch: pytest.MonkeyPatch,
    mistaking: Callable[..., Callable[[Exchange], Iterator[Record]]],
) -> None:
    """It waits in the recovery of an interrupted capture and in `rebuild records`, which once ended there.

    Earlier code committed one of two contents, and did not report the other.
    """
    begun(play)
    post = play.network.publish(US, "Closed today")
    with monkeypatch.context() as patch:
        patch.setattr(mastodon, "parse", mistaking(mastodon.parse))
        assert in_child(lambda: captured(play, "PUT ledger/capture")) is None
        assert play.capture().failure is not None
        account = play.archive.account(play.name)
        assert reparse(play.archive.place, "esd", "records@example.org", account) == 0
        assert not {"Closed today", "Open today"}.intersection(r["text"] for r in play.rows())
    play.network.remove(post)
    assert reparse(play.archive.place, "esd", "records@example.org", account) == 1
    assert [r["text"] for r in play.rows()].count("Closed today") == 1
    assert play.sound().absent == 1


def test_rows_of_what_is_read_again_wait_for_a_damaged_catalog(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rebuild that ends before its own catalog is published leaves the gap open."""
    begun(play)
    play.network.publish(US, "Closed today")
    with monkeypatch.context() as patch:
        patch.setattr(mastodon, "parse", mistyping(mastodon.parse))
        assert play.capture().failure is not None
    derived = play.archive.derived
    derived.delete(records.CATALOG)
    derived.put_new(records.CATALOG, b"[]")
    assert reparse(play.archive.place, "esd", "records@example.org", play.archive.account(play.name)) == 1
    assert gaps.ROWS_WAIT in [gap.reason for gap in gaps.Gaps(play.archive.archive).open_now([play.name])]
    rebuild_records(play.archive.archive, derived)
    assert gaps.ROWS_WAIT not in [gap.reason for gap in gaps.Gaps(play.archive.archive).open_now([play.name])]


def test_what_no_row_could_hold_is_never_committed(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """This holds for types that no check knows in advance.

    An entry without its rows would have stopped the account permanently.
    """
    begun(play)
    play.network.publish(US, "Closed today")
    before = len(play.manifests())
    with monkeypatch.context() as patch:
        patch.setattr(parsing, "find_mistyped", lambda _: "")
        patch.setattr(mastodon, "parse", mistyping(mastodon.parse))
        for _ in range(2):
            with pytest.raises(pa.ArrowTypeError, match="Expected bytes"):
                play.capture()
    assert len(play.manifests()) == before
    play.sound()
    assert [r["text"] for r in play.rows()].count("Closed today") == 1


@pytest.mark.parametrize("at_once", [True, False])
def test_of_two_answers_that_waited_the_later_one_tells_what_stands_there(
    play: Play, monkeypatch: pytest.MonkeyPatch, *, at_once: bool
) -> None:
    """A post was edited between two captures that could not read it, and then removed.

    Its first text was once shown as its last. The second case kills the reading between the two responses.
    """
    begun(play)
    post, read = play.network.publish(US, "Closed today"), mastodon.parse

    def mistaken(exchange: Exchange, words: str = "Closed") -> Iterator[Record]:
        for record in read(exchange):
            yield structs.replace(record, author_handle=7) if words in (record.text or "") else record

    account = play.archive.account(play.name)
    with monkeypatch.context() as patch:
        patch.setattr(mastodon, "parse", mistaken)
        assert play.capture().failure is not None
        play.network.edit(post, "Closed all week")
        assert play.capture().failure is not None
        patch.setattr(mastodon, "parse", lambda exchange: mistaken(exchange, "Closed all week"))
        assert at_once or reparse(play.archive.place, "esd", "records@example.org", account) == 1
    play.network.remove(post)
    assert reparse(play.archive.place, "esd", "records@example.org", account) == (2 if at_once else 1)
    play.sound()
    told = [(r["text"], r["status"], r["changed"]) for r in play.rows() if "Closed" in (r["text"] or "")]
    assert told == [
        ("Closed today", "visible", []),
        ("Closed all week", "visible", ["text"]),
        ("Closed all week", "unavailable", ["status"]),
    ]
