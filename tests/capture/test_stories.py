"""Captures of the sandbox's Mastodon and WordPress, in-process: the archive after each possible event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.sandbox.faces import create_app
from infra.sandbox.network import Network
from recordroom.capture.derived.reparse import reparse
from recordroom.capture.segment import segment
from recordroom.model import Absence, Exchange, Record
from recordroom.platforms import mastodon
from recordroom.platforms.contract import Client, KnownRecord
from recordroom.register.models import Account
from tests.archives import TestArchive, make
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

ACCOUNT = "mastodon/district"
MASTODON = {
    "id": "social",
    "platform": "mastodon",
    "url": "https://social.test/@district",
    "api_url": "http://social.test",
}


def minutes_ago(minutes: int) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=minutes)


@pytest.fixture
def network() -> Network:
    network = Network(minutes_ago(600))
    network.place("mastodon", "District Social", host="social.test")
    network.account(ACCOUNT, "The district")
    return network


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path, network: Network) -> TestArchive:
    return make(
        s3, buckets, tmp_path, MASTODON, transport=httpx.WSGITransport(create_app(network, "mastodon"))
    )


def told(rows: list[dict[str, Any]], kind: str | None = None) -> list[tuple[Any, ...]]:
    return [
        (r["sequence"], r["status"], r["text"], r["changed"])
        for r in rows
        if r["kind"] != "profile" and kind in (None, r["kind"])
    ]


def test_edit_and_edit_back_are_three_sequences(network: Network, archive: TestArchive) -> None:
    post = network.publish(ACCOUNT, "Closed today")
    first = archive.capture("social")
    assert (first.new, first.failure, first.gaps) == (2, None, [])  # the profile and the post
    assert archive.capture("social").changed == 0
    network.edit(post, "Open today")
    archive.capture("social")
    network.edit(post, "Closed today")
    archive.capture("social")
    rows = [r for r in archive.rows("social") if r["kind"] == "post"]
    # the platform's own history of edits adds nothing to what was seen
    assert told(rows) == [
        (1, "visible", "Closed today", []),
        (2, "visible", "Open today", ["text"]),
        (3, "visible", "Closed today", ["text"]),
    ]
    assert rows[0]["version"] == rows[2]["version"]


def test_unchanged_capture_writes_a_small_manifest_and_no_evidence(
    network: Network, archive: TestArchive
) -> None:
    network.publish(ACCOUNT, "Hello")
    archive.capture("social")
    outcome = archive.capture("social")
    manifest = archive.manifests("social")[-1].body
    assert (outcome.new, outcome.changed, outcome.absent) == (0, 0, 0)
    assert manifest["evidence"] == manifest["deltas"] == []
    assert manifest["seen"]["count"] == 2
    assert manifest["complete"] is True


def test_a_removed_comment_is_unavailable_where_the_platform_does_not_say_why(
    network: Network, archive: TestArchive
) -> None:
    network.account("mastodon/parent@elsewhere.test", "A parent")
    post = network.publish(ACCOUNT, "Closed today")
    comment = network.comment("mastodon/parent@elsewhere.test", post, "And the buses?")
    archive.capture("social")
    archive.capture("social")
    network.remove(comment)
    outcome = archive.capture("social")
    assert outcome.absent == 1
    rows = told(archive.rows("social"), "comment")
    assert rows == [(1, "visible", "And the buses?", []), (2, "unavailable", "And the buses?", ["status"])]
    assert archive.capture("social").absent == 0
    [held] = [h for h in archive.state("social").window(None) if h.kind == "comment"]
    assert held.missing
    assert held.last_seen_at is not None


def test_thirty_gone_at_once_are_a_gap_and_no_removals(network: Network, archive: TestArchive) -> None:
    posts = [network.publish(ACCOUNT, f"Post {n}") for n in range(40)]
    archive.capture("social")
    for post in posts[:30]:
        network.remove(post)
    outcome = archive.capture("social")
    assert outcome.absent == 0
    assert len(outcome.gaps) >= 1
    assert {r["status"] for r in archive.rows("social")} == {"visible"}
    manifest = archive.manifests("social")[-1].body
    assert len(manifest["seen"]["doubted"]) == 30
    again = archive.capture("social")
    assert (again.absent, again.gaps, again.failure) == (0, [], None)


def test_what_a_platform_shows_for_a_set_time_only_may_go_at_once(
    network: Network, archive: TestArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [network.publish(ACCOUNT, f"Post {n}") for n in range(12)]
    archive.capture("social")
    asked: list[KnownRecord] = []

    def lookup(account: Account, ids: Iterable[KnownRecord], client: Client) -> Iterator[Exchange | Absence]:
        asked.extend(ids)
        for answer in real(account, asked, client):
            yield (
                replace(answer, ended=True)
                if isinstance(answer, Absence) and answer.record_id != asked[0].record_id
                else answer
            )

    real = mastodon.lookup
    monkeypatch.setattr(mastodon, "lookup", lookup)
    for post in posts[:8]:
        network.remove(post)
    outcome = archive.capture("social")
    assert (outcome.absent, outcome.gaps, archive.manifests("social")[-1].body["seen"].get("doubted")) == (
        8,
        [],
        None,
    )
    assert {k.conversation_began for k in asked} == {post.created for post in posts[:8]}


def test_a_suspended_account_makes_no_absences(network: Network, archive: TestArchive) -> None:
    network.publish(ACCOUNT, "Hello")
    archive.capture("social")
    network.suspend(ACCOUNT)
    outcome = archive.capture("social")
    assert outcome.failure is not None
    assert outcome.absent == 0
    network.suspend(ACCOUNT, suspended=False)
    assert archive.capture("social").failure is None
    assert not archive.state("social").sums.gap_ids


def test_a_throttle_is_no_failure_and_is_not_slept_through(network: Network, archive: TestArchive) -> None:
    network.publish(ACCOUNT, "Hello")
    archive.capture("social")
    until = datetime.now(UTC) + timedelta(hours=1)
    network.throttle("mastodon", until)
    outcome = archive.capture("social")
    assert outcome.failure is None
    assert outcome.not_before is not None
    assert archive.state("social").sums.not_before is not None


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ({"status": 500, "times": 20}, "HTTP 500"),
        ({"status": 200, "body": "<html>Sign in</html>"}, "HTML instead of JSON"),
        (
            {"status": 200, "body": '{"error": "This method requires an authenticated user"}'},
            "authenticated user",
        ),
        (
            {"status": 302, "headers": {"Location": "https://accounts.example.org/login"}},
            "redirects to another host",
        ),
        ({"status": 302, "headers": {"Location": "/auth/sign_in/login"}}, "sign-in page"),
        ({"status": 200, "body": "[{"}, "unreadable content instead of JSON"),
        ({"status": 200, "body": "\xff\xfe"}, "unreadable content instead of JSON"),
    ],
)
def test_a_broken_answer_is_a_named_failure_and_a_gap(
    network: Network, archive: TestArchive, fault: dict[str, Any], failure: str
) -> None:
    network.publish(ACCOUNT, "Hello")
    archive.capture("social")
    network.fail("mastodon", path="/statuses", **fault)
    outcome = archive.capture("social")
    assert outcome.failure is not None
    assert failure in outcome.failure
    assert outcome.absent == 0
    assert len(outcome.gaps) == 1
    manifest = archive.manifests("social")[-1].body
    assert manifest["complete"] is False
    assert manifest["failure"]["message"]
    network.faults.clear()
    mended = archive.capture("social")
    assert (mended.failure, mended.absent) == (None, 0)
    assert not archive.state("social").sums.gap_ids


def test_another_account_under_the_same_name_is_refused(network: Network, archive: TestArchive) -> None:
    network.publish(ACCOUNT, "Hello")
    archive.capture("social")
    before = archive.rows("social")
    network.accounts[ACCOUNT].number += 1000
    outcome = archive.capture("social")
    assert outcome.failure is not None
    assert archive.rows("social") == before


def test_a_raised_parser_makes_no_version(
    network: Network, archive: TestArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = network.publish(ACCOUNT, "Hello")
    archive.capture("social")
    network.edit(post, "Hello again")
    archive.capture("social")
    before = archive.rows("social")
    monkeypatch.setattr(mastodon, "PLATFORM", replace(mastodon.PLATFORM, parser=2))
    monkeypatch.setattr("recordroom.capture.segment.comparison.CANONICAL_FORM", 2)
    outcome = archive.capture("social")
    assert (outcome.new, outcome.changed) == (0, 0)
    assert archive.rows("social") == before
    held = {h.record_id: h.canon for h in archive.state("social").window(None)}
    assert set(held.values()) == {"2/mastodon 2"}
    assert archive.capture("social").changed == 0


def test_a_snapshot_says_what_the_whole_chain_says(network: Network, archive: TestArchive) -> None:
    posts = [network.publish(ACCOUNT, f"Post {n}") for n in range(12)]
    archive.capture("social")
    archive.capture("social")
    archive.state("social").put_snapshot()
    network.edit(posts[3], "Edited")
    network.remove(posts[4])
    archive.capture("social")
    trusted, folded = archive.state("social"), archive.state("social", trust_snapshot=False)
    assert trusted.snapshot.tail.number > 0
    assert list(trusted.window(None)) == list(folded.window(None))
    assert trusted.sums.counts == folded.sums.counts
    trusted.put_snapshot()
    again = archive.state("social")
    assert list(again.window(None)) == list(folded.window(None))
    assert again.get([h.record_id for h in folded.window(None)]) == folded.get(
        [h.record_id for h in folded.window(None)]
    )


def test_a_response_that_could_not_be_read_is_read_by_a_mended_parser(
    network: Network, archive: TestArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.publish(ACCOUNT, "Hello")
    archive.capture("social")
    lost = network.publish(ACCOUNT, "Seen once only", photos=[network.photo("mastodon", "A bus")])

    def renamed(_: Exchange) -> Iterator[Record]:
        raise KeyError("content")

    with monkeypatch.context() as broken:
        broken.setattr(mastodon, "parse", renamed)
        outcome = archive.capture("social")
    assert outcome.failure is not None
    assert "KeyError" in outcome.failure
    network.remove(lost)
    account = archive.account("social")
    assert reparse(archive.place, "esd", "records@example.org", account) == 1
    assert reparse(archive.place, "esd", "records@example.org", account) == 0
    assert [r["text"] for r in archive.rows("social") if r["kind"] == "post"] == ["Hello", "Seen once only"]
    assert archive.manifests("social")[-1].body["reparsed"] is True
    assert archive.capture("social").absent == 1


def test_whatever_could_not_be_read_is_found_again_and_what_still_cannot_stops_nothing(
    network: Network, archive: TestArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another segment followed the one that kept it.

    The manifest that names the failure is not the one that names the evidence.
    """
    network.publish(ACCOUNT, "Hello")
    archive.capture("social")
    lost = network.publish(ACCOUNT, "Seen once only")
    read = mastodon.parse

    def renamed(exchange: Exchange) -> Iterator[Record]:
        if b"Seen once only" in exchange.body:
            raise KeyError("content")
        return read(exchange)

    account = archive.account("social")
    with monkeypatch.context() as broken:
        broken.setattr(mastodon, "parse", renamed)
        broken.setattr(segment, "MAX_REQUESTS", 1)
        assert archive.capture("social").failure is not None
        told = [m.body for m in archive.manifests("social") if m.body.get("failure")]
        assert [m["evidence"] for m in told] == [[]], "the evidence is elsewhere"
        assert reparse(archive.place, "esd", "records@example.org", account) == 0, "it is not fixed yet"
    network.remove(lost)
    assert reparse(archive.place, "esd", "records@example.org", account) == 1
    assert [r["text"] for r in archive.rows("social") if r["kind"] == "post"] == ["Hello", "Seen once only"]
