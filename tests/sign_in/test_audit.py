"""Refused sign-ins in the audit are limited, because anyone can be refused and entries are permanent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from recordroom.errors import ServiceUnavailable
from recordroom.sign_in import audit
from tests.disk import full
from tests.web.seated import forget


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The room's journal. No service is used: the entries stay on this machine."""
    nowhere = "http://127.0.0.1:1"
    for name, value in (
        ("BUCKET", "a"),
        ("DERIVED_BUCKET", "b"),
        ("S3_ENDPOINT", nowhere),
        ("ELASTICSEARCH_URL", nowhere),
    ):
        monkeypatch.setenv(f"RECORDROOM_{name}", value)
    monkeypatch.setenv("RECORDROOM_JOURNAL", str(tmp_path / "journal"))
    forget()
    yield tmp_path / "journal"
    forget()


def told(folder: Path) -> list[dict[str, Any]]:
    return [
        orjson.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]


def test_refusals_that_are_alike_are_two_events_a_minute(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test decides when the minute ends, so all of the refusals are within it on any machine."""
    over = threading.Event()

    class Minute(threading.Timer):
        def run(self) -> None:
            assert self.interval == audit.MINUTE == 60
            assert over.wait(60)
            self.function(*self.args)

    monkeypatch.setattr(audit, "Timer", Minute)
    monkeypatch.setattr(audit, "_further", {})
    for _ in range(50):
        audit.record_refusal("mary", "password", "a wrong password")
    audit.record_refusal("", "password", "no such account")
    first = [
        ("sign-in refused", "mary", "a wrong password", None),
        ("sign-in refused", audit.NOT_KNOWN, "no such account", None),
    ]
    assert [(e["type"], e["actor"], e["why"], e.get("more")) for e in told(folder)] == first
    over.set()
    for minute in threading.enumerate():
        if isinstance(minute, Minute):
            minute.join(60)
    assert [(e["type"], e["actor"], e["why"], e.get("more")) for e in told(folder)] == [
        *first,
        ("sign-in refused", "mary", "a wrong password", 49),
    ]
    audit.record_refusal("mary", "password", "a wrong password")
    assert "more" not in told(folder)[-1]
    assert len(told(folder)) == 4


def test_roles_that_stay_as_they_are_are_no_event(folder: Path) -> None:
    audit.record_role_change("mary", ["Legal"], ["Legal"])
    audit.record_role_change("mary", ["Legal"], [])
    assert [(e["type"], e["from"], e["to"]) for e in told(folder)] == [("roles", ["Legal"], [])]


def test_a_journal_that_takes_nothing_is_a_failure_with_words_for_whoever_signs_in(folder: Path) -> None:
    folder.write_text("a file, and no folder")
    with pytest.raises(ServiceUnavailable) as out:
        audit.record_sign_out("mary")
    with pytest.raises(ServiceUnavailable) as no:
        audit.record_refusal("eve", "password", "a wrong password")
    assert str(folder) not in f"{out.value} {no.value}", (
        "a person who is not in does not read where things are"
    )


def test_what_a_full_disk_does_not_take_is_told_when_it_does(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next refusal is the first again, and roles are recorded again because they did not change."""
    monkeypatch.setattr(audit, "_further", {})
    with full(10):
        for _ in range(2):
            with pytest.raises(ServiceUnavailable):
                audit.record_refusal("eve", "single sign-on", "no role")
        with pytest.raises(ServiceUnavailable):
            audit.record_role_change("mary", ["Legal"], [])
    assert told(folder) == []
    audit.record_refusal("eve", "single sign-on", "no role")
    audit.record_role_change("mary", ["Legal"], [])
    assert [(e["type"], e["actor"], "more" in e) for e in told(folder)] == [
        ("sign-in refused", "eve", False),
        ("roles", "mary", False),
    ]


def test_how_many_more_were_refused_is_told_at_the_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_further", {})
    for who in ("eve", "eve", "eve", "mallory"):
        audit.record_refusal(who, "password", "a wrong password")
    for _ in range(2):
        audit.record_remaining()
    assert [(e["actor"], e.get("more")) for e in told(folder)] == [
        ("eve", None),
        ("mallory", None),
        ("eve", 2),
    ]
