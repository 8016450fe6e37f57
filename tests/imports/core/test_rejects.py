"""Rejected items are reported with their place, before anything is stored and after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from recordroom.archive.gaps import Gaps
from recordroom.errors import ImportRefused, UsageError
from recordroom.imports import split
from recordroom.imports.record_fields import record_from
from recordroom.imports.tables import jsonl
from tests.capture.stage import US, Play
from tests.imports.core.lines import SERVER, file_of, line
from tests.imports.core.troubles import overtake
from tests.imports.taking import taken


def test_a_number_of_more_than_64_bits_is_an_error_of_its_line(play: Play, tmp_path: Path) -> None:
    """Its row could not be written, and no capture of the account went on from there."""
    sizes: list[dict[str, Any]] = [
        {"media": [{"file": "a.jpg", name: 2**63}]} for name in ("width", "duration")
    ]
    lines = [line(str(n), "Snow", **more) for n, more in enumerate([*sizes, {"counts": {"likes": -(2**63)}}])]
    done = taken(play, file_of(tmp_path, *lines))
    assert [(r.place, r.reason) for r in done.rejects] == [
        ("line 1", "media.width is a number that is too large (more than 64 bits)"),
        ("line 2", "media.duration is a number that is too large (more than 64 bits)"),
        ("line 3", "counts.likes is a number that is too large (more than 64 bits)"),
    ]
    play.network.publish(US, "Closed today")
    play.sound()
    assert play.rows("text") == [{"text": "Closed today"}]


@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_value_of_another_type_is_told_and_stops_no_capture(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, meanwhile: bool
) -> None:
    """Its row could not be written after its manifest was, and each later capture failed there.

    Also if another commit comes first, and the items are compared again.
    """
    if meanwhile:
        overtake(play, monkeypatch)
    actor = f"http://{SERVER}/users/district"
    odd = list[dict[str, Any]](({"url": 5}, {}, {"conversation": {}}))
    items = [
        {"id": f"{actor}/statuses/{n}/activity", "type": "Create", "published": "2019-02-04T06:10:00Z", "to": ["as:Public"],
         "object": {"id": f"{actor}/statuses/{n}", "content": "<p>Snow</p>", "inReplyTo": actor} | more}
        for n, more in enumerate(odd)
    ]  # fmt: skip
    with ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("actor.json", json.dumps({"id": actor, "preferredUsername": "district"}))
        made.writestr("outbox.json", json.dumps({"orderedItems": items}))
    done = taken(play, tmp_path / "a.zip")
    assert [(r.place, r.reason) for r in done.rejects] == [
        ("/0", "its field url has an unexpected type"),
        ("item 3 of outbox.json", "it is not an activity of Mastodon (TypeError: unhashable type: 'dict')"),
    ]
    assert done.new == 1
    play.network.publish(US, "Closed today")
    play.sound()
    assert {row["text"] for row in play.rows()} == {"Snow", "Closed today"}


def test_rejects_are_told_each_with_its_line_and_stay_visible(play: Play, tmp_path: Path) -> None:
    path = file_of(
        tmp_path, line("1", "Good"), "{no json", "", line("2", "No zone", published_at="2019-02-04T06:10:00"),
        {"kind": "post", "native_id": "3"}, line("4", "x", colour="red"), line("5", "x", kind="tweet"),
        line("6", "x") | {"text": 7},
    )  # fmt: skip
    done = taken(play, path)
    assert [(r.place, r.reason.split(":")[0]) for r in done.rejects] == [
        ("line 2", "it is not JSON"),
        ("line 4", "published_at '2019-02-04T06"),
        ("line 5", "on mastodon, an item needs its complete record_id, as `recordroom show` prints it"),
        ("line 6", "there is no field 'colour'"),
        ("line 7", "kind 'tweet' is not one of post, comment, reply, story, profile, message"),
        ("line 8", "text must be text"),
    ]
    [gap] = Gaps(play.archive.archive).open_now([play.name])
    digits = done.sha256[:12]
    assert (gap.reason, done.gaps) == (f"import-rejects: export.jsonl {digits}", [gap.gap_id])
    assert gap.detail == "rejected: 6 items; the first: line 2"
    assert play.final()["complete"] is False
    taken(play, file_of(tmp_path, line("1", "Good")))
    assert len(Gaps(play.archive.archive).open_now([play.name])) == 1, (
        "another file of that name says nothing about this one"
    )
    with pytest.raises(UsageError, match="no file with a SHA-256"):
        taken(play, file_of(tmp_path, line("9", "Mended")), mends="0123456789ab")
    taken(play, file_of(tmp_path, line("9", "Mended"), "{"), mends=digits)
    assert len(Gaps(play.archive.archive).open_now([play.name])) == 2, "it has rejects of its own"
    last = file_of(tmp_path, line("9", "Mended at last"))
    taken(play, last, mends=digits)
    assert [g.reason.split()[1] for g in Gaps(play.archive.archive).open_now([play.name])] == ["export.jsonl"]


def test_a_gap_quotes_no_word_of_what_was_not_taken(play: Play, tmp_path: Path) -> None:
    """Coverage shows it to Ops and Auditor; with a mapping that reads a text as a date, it showed complete
    messages.
    """
    done = taken(play, file_of(tmp_path, line("1", "x", published_at="Call me about my son " * 1_000)))
    [gap] = Gaps(play.archive.archive).open_now([play.name])
    assert gap.detail == "rejected: 1 item; the first: line 1"
    [told] = play.final()["imported"]["rejects"]
    assert told["reason"] == done.rejects[0].reason
    assert (len(told["reason"]), "Call me" in told["reason"]) == (
        1_000,
        True,
    ), "the output and the manifest say why"


def test_that_a_file_mends_another_can_be_said_when_it_is_imported_already(
    play: Play, tmp_path: Path
) -> None:
    digits = taken(play, file_of(tmp_path, line("1", "x"), "{")).sha256[:12]
    good = file_of(tmp_path, line("1", "x"), name="good.jsonl")
    taken(play, good)
    assert taken(play, good, mends=digits, dry=1).before, "a dry run closes nothing"
    assert len(Gaps(play.archive.archive).open_now([play.name])) == 1
    assert (taken(play, good, mends=digits).before, Gaps(play.archive.archive).open_now([play.name])) == (
        None,
        [],
    )
    assert taken(play, good, mends=digits).before, "nothing is left to close"


def test_a_mistake_of_an_importer_hides_no_other_piece(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(given: Any, platform: str, pointer: str) -> Any:
        if given["text"] == "n5":
            raise ZeroDivisionError
        return record_from(given, platform, pointer)

    monkeypatch.setattr(jsonl, "record_from", mistaken)
    monkeypatch.setattr(split, "LARGEST", 300)
    done = taken(play, file_of(tmp_path, *(line(str(n), f"n{n}") for n in range(9))))
    [reject] = done.rejects
    assert "the importer jsonl failed here (ZeroDivisionError" in reject.reason
    assert 0 < done.new < 9


def test_a_file_of_another_account_is_refused(play: Play, tmp_path: Path) -> None:
    play.network.publish(US, "Closed today")
    play.sound()
    pinned = play.archive.state(play.name).sums.identity
    assert pinned is not None
    entries = len(play.manifests())
    for whose in (
        {"native_id": "999"},
        {"handle": "somebody"},
        {"handle": "district", "server": "elsewhere.test"},
    ):
        with pytest.raises(ImportRefused, match="is a file of"):
            taken(play, file_of(tmp_path, {"recordroom": 1, "account": whose}, line("1", "x")))
    assert len(play.manifests()) == entries
    for number, whose in enumerate(
        ({"native_id": pinned["native_id"]}, {"handle": "@District", "server": "social.test"})
    ):
        assert taken(
            play,
            file_of(
                tmp_path, {"recordroom": 1, "account": whose}, line(str(number), "x"), name=f"{number}.jsonl"
            ),
        ).compared
    assert not taken(play, file_of(tmp_path, line("7", "x"), name="nobody.jsonl")).compared


def test_a_file_of_no_known_form_is_refused(play: Play, tmp_path: Path) -> None:
    for name, data in (("a.bin", b"\x00\x01"), ("a.csv", b"a,b\n1,2\n"), ("a.jsonl", b'{"hello": 1}\n')):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ImportRefused, match="cannot be imported"):
            taken(play, tmp_path / name)
