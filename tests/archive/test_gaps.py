"""Gaps as they stood at any time, also those that closed and opened again."""

from __future__ import annotations

from datetime import timedelta

from recordroom.archive.gaps import AccountGaps, Gaps
from recordroom.archive.ledger import Ledger
from recordroom.archive.store import Store


def test_a_gap_that_opened_again_stood_there_before_too(archive: Store) -> None:
    gaps = Gaps(archive)
    for detail in ("three posts", "three posts, still", "one post"):
        gaps.open_("news", "counts-differ", detail)
        if detail != "three posts":
            gaps.close("news", "counts-differ", "capture 1")
    gaps.close("news", "counts-differ", "it is closed")
    times = [e.time for e in Ledger(archive, "gap").entries()]
    assert [e.type for e in Ledger(archive, "gap").entries()] == ["opened", "closed", "opened", "closed"]
    for seen in (gaps, Gaps(archive)):
        assert [(g.detail, g.opened_at, g.closed_at) for g in seen.all()] == [
            ("three posts", times[0], times[1]),
            ("one post", times[2], times[3]),
        ]
        just_before = [time - timedelta(microseconds=1) for time in times]
        assert [[g.detail for g in seen.as_of(t, ["news"])] for t in just_before] == [[], ["three posts"], [], ["one post"]]
        assert seen.as_of(times[3], ["news"]) == []
        assert seen.as_of(just_before[1], ["other"]) == []
        assert seen.open_now() == []


def test_an_account_takes_up_what_a_dead_capture_left_open_and_nothing_else(archive: Store) -> None:
    Gaps(archive).open_("dead", "capture-failed: Blocked", "it died before its manifest")
    Gaps(archive).open_("dead", "register-error", "not a capture's")
    Gaps(archive).open_("other", "counts-differ", "another account's")
    own = AccountGaps(archive, "dead", [])
    own.close("capture-failed: Blocked", "it does not know of it")
    assert len(Gaps(archive).open_now(["dead"])) == 2
    own.reload()
    assert len(own.ids) == 1
    own.open("capture-failed: Blocked", "open already")
    assert own.opened == []
    own.close("capture-failed: Blocked", "a whole capture")
    assert [g.reason for g in Gaps(archive).open_now(["dead"])] == ["register-error"]
