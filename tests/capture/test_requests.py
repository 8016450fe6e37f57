"""Captures that the records room requests from a worker.

Each is answered once, even if it fails, and never for an account that the requester may not know.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import orjson
import pytest
import yaml

from infra.sandbox.faces import native_id
from recordroom.capture import register_ledger as registers
from recordroom.capture.permalink import requests
from recordroom.capture.permalink.receipt import RootAddress
from recordroom.errors import UsageError
from recordroom.jobs import captures
from recordroom.jobs.context import JobContext
from tests.archives import AGENCY
from tests.capture.stage import PARENT, US, Play, opened
from tests.disk import full
from tests.services import S3, Buckets


@pytest.fixture
def play(s3: S3, shared: Buckets, tmp_path: Path) -> Play:
    play = opened(s3, shared, tmp_path)
    play.network.publish(US, "School starts at nine")
    play.sound()
    return play


def room(play: Play) -> JobContext:
    return JobContext(play.archive.place, play.archive.register, "")


def permalink(play: Play) -> str:
    post = play.network.publish(US, "Closed today", photos=[play.network.photo("mastodon", "Snow")])
    play.network.comment(PARENT, post, "And the buses?")
    return f"https://social.test/@district/{native_id(play.network, post)}"


def test_it_is_captured_once_and_answered(play: Play) -> None:
    derived, url = play.archive.place.derived, permalink(play)
    wanted = requests.place_request(derived, url, "communications", restricted=False)
    assert (requests.find_request(derived, wanted.id), requests.find_result(derived, wanted.id)) == (
        wanted,
        None,
    )
    words, answer = captures.capture_requested(room(play), wanted.id)
    assert url not in words
    assert (answer.whole, answer.failure, [kind for _, kind in answer.records]) == (
        True,
        "",
        ["post", "comment"],
    )
    [(record_id, sha256)] = answer.files
    assert (record_id, answer.media, answer.account) == (answer.records[0][0], 1, play.name)
    assert play.archive.place.archive.head(f"media/sha256/{sha256[:2]}/{sha256}")
    last = play.manifests()[-1]
    assert (answer.ledger, answer.entry, answer.sha256) == (last.ledger, last.number, last.sha256)
    assert "Elasticsearch cannot be reached" in answer.behind
    assert requests.find_result(derived, wanted.id) == answer
    asked = len(play.between.asked)
    assert captures.capture_requested(room(play), wanted.id) == ("it was already captured", answer)
    assert len(play.between.asked) == asked


def test_an_answer_that_no_platform_takes_brings_its_conversation(play: Play) -> None:
    derived, head = play.archive.place.derived, permalink(play)
    play.sound()
    [comment] = [row for row in play.rows() if row["text"] == "And the buses?"]
    assert comment["url"].startswith("https://elsewhere.test/")
    instead = RootAddress(play.name, comment["record_id"], "comment", head)
    alone = requests.place_request(derived, comment["url"], "communications", restricted=True)
    assert "is on another server than" in captures.capture_requested(room(play), alone.id)[1].failure
    wanted = requests.place_request(
        derived, comment["url"], "communications", restricted=True, instead=instead
    )
    assert requests.find_request(derived, wanted.id) == wanted
    _, answer = captures.capture_requested(room(play), wanted.id)
    assert (answer.whole, answer.failure, answer.instead) == (True, "", instead)
    assert (comment["record_id"], "comment") in answer.records
    assert requests.find_result(derived, wanted.id) == answer


def test_what_another_version_tells_beside_is_left_out(play: Play) -> None:
    derived = play.archive.place.derived
    wanted = requests.place_request(
        derived, "https://social.test/@district/1", "communications", ("social",), restricted=False
    )
    answer = requests.CaptureResult(
        "", records=(("mastodon:s/1", "post"),), files=(("mastodon:s/1", "0" * 64),)
    )
    for name, told in (("request", wanted), ("answer", answer)):
        key = f"captures/{'0' * 31}1/{name}.json"
        derived.put_new(key, orjson.dumps(asdict(told) | {"mood": "calm"}))
    assert requests.find_request(derived, f"{'0' * 31}1") == wanted
    assert requests.find_result(derived, f"{'0' * 31}1") == answer
    # without its files
    before = {
        "failure": "",
        "lacking": [],
        "not_given": [],
        "records": [["mastodon:s/1", "post"]],
        "media": 2,
    }
    derived.put_new(f"captures/{'0' * 31}2/answer.json", orjson.dumps(before))
    assert requests.find_result(derived, f"{'0' * 31}2") == replace(answer, files=(), media=2)


def test_what_fails_is_answered_too(play: Play) -> None:
    derived = play.archive.place.derived
    for url, words in (
        ("https://nowhere.example/1", "the register has no account at nowhere.example"),
        ("nonsense", "nonsense"),
        ("https://social.test/@district/99", "cannot be seen on social.test"),
    ):
        wanted = requests.place_request(derived, url, "communications", restricted=True)
        told, answer = captures.capture_requested(room(play), wanted.id)
        assert (told, answer.whole, answer.nothing, words in answer.failure) == (
            "it failed: UsageError",
            False,
            True,
            True,
        )
        assert requests.find_result(derived, wanted.id) == answer


def test_a_receipt_of_a_failure_names_no_place(play: Play) -> None:
    """Communications reads the receipt; the log has the details for the administrator."""
    place = play.archive.place
    wanted = requests.place_request(place.derived, permalink(play), "communications", restricted=False)
    with full(200):
        told, answer = captures.capture_requested(room(play), wanted.id)
    spool = str(place.settings.spool)
    assert (answer.failure.startswith("no space for "), answer.nothing) == (True, False)
    assert (spool in answer.failure, spool in told) == (False, True)


def test_a_mistake_of_ours_leaves_nobody_waiting(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(*_: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(captures, "capture_url", mistaken)
    wanted = requests.place_request(
        play.archive.place.derived, permalink(play), "communications", restricted=True
    )
    with pytest.raises(KeyError):
        captures.capture_requested(room(play), wanted.id)
    answer = requests.find_result(play.archive.place.derived, wanted.id)
    assert answer is not None
    assert (answer.whole, answer.failure) == (False, "an error in the program: KeyError: 'oops'")


@pytest.mark.parametrize("name", ["", "0" * 32, "../state", "x" * 32])
def test_what_nobody_asked_for_is_not_captured(play: Play, name: str) -> None:
    with pytest.raises(UsageError, match="there is no request for a capture"):
        captures.capture_requested(room(play), name)


def test_who_may_not_know_an_account_has_nothing_of_it_captured(play: Play, tmp_path: Path) -> None:
    entries = [{**entry, "confidential": True} for entry in play.archive.register.raw]
    file = tmp_path / "confidential.yaml"
    file.write_text(yaml.safe_dump({"agency": AGENCY, "accounts": entries}), "utf-8")
    place = play.archive.place
    secret = replace(place, settings=place.settings.model_copy(update={"register_file": file}))
    url, asked = permalink(play), len(play.between.asked)
    for may in (False, True):
        wanted = requests.place_request(place.derived, url, "somebody", restricted=may)
        answer = captures.capture_requested(JobContext(secret, play.archive.register, ""), wanted.id)[1]
        assert answer.whole == may
        assert (len(play.between.asked) > asked) == may
        assert may or "the register has no account at social.test" in answer.failure


def test_a_receipt_names_no_account_that_who_asked_may_not_know(play: Play, tmp_path: Path) -> None:
    """This includes an account that holds the reply and is no longer in the register.

    A failure that names all accounts of the register reveals too much.
    """
    secret = {
        **play.archive.register.raw[0],
        "id": "board",
        "confidential": True,
        "url": "https://social.test/@board",
    }
    file = tmp_path / "confidential.yaml"
    file.write_text(
        yaml.safe_dump({"agency": AGENCY, "accounts": [*play.archive.register.raw, secret]}), "utf-8"
    )
    place = play.archive.place
    place = replace(place, settings=place.settings.model_copy(update={"register_file": file}))
    register, _ = registers.in_force(place.archive, file, record=False)
    assert {account.id for account in register.accounts} == {play.name, "board"}
    instead = RootAddress("gone", "mastodon:old.test/statuses/2", "comment", "https://old.test/@gone/1")
    wanted = requests.place_request(
        place.derived, "https://elsewhere.example/2", "communications", restricted=False, instead=instead
    )
    _, answer = captures.capture_requested(JobContext(place, register, ""), wanted.id)
    assert (answer.nothing, "elsewhere.example" in answer.failure, "board" in answer.failure) == (
        True,
        True,
        False,
    )
