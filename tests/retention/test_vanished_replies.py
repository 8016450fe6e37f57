"""Replies that vanished with a removed root post: which are proposed, and what a person then states."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.errors import UsageError
from recordroom.records import quarantine, statements, vanished_replies
from recordroom.records.vanished_replies import list_vanished, make_order
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from tests.building import DAY, Building, account
from tests.running import recordroom
from tests.viewers import officer, reader

ROOT, WITH, LATER, BEFORE, SHOWN, REMOVED, HIDDEN = (f"wordpress:x/posts/{n}" for n in range(1, 8))
OTHER, OTHER_REPLY, QUIET, QUIET_REPLY = (f"wordpress:y/posts/{n}" for n in range(1, 5))
HOUR = timedelta(hours=1)


def reply(record_id: str, root: str, **more: Any) -> dict[str, Any]:
    return {"record_id": record_id, "root_id": root, "parent_id": root, "kind": "comment", **more}


@pytest.fixture
def searcher(building: Building, index: Index) -> Iterator[Searcher]:
    """A root post that was removed, and replies that vanished with it, later, or before; one that is shown, one
    that was removed, and one that is hidden. A second removed post in a confidential account, and one that is
    unavailable itself.
    """
    building.enrol(account("news", "wordpress"), account("secret", "wordpress", confidential=True))
    replies = [reply(one, ROOT) for one in (WITH, LATER, BEFORE, SHOWN, REMOVED, HIDDEN)]
    quiet = [{"record_id": QUIET}, reply(QUIET_REPLY, QUIET)]
    building.capture("news", [{"record_id": ROOT}, *replies, *quiet], at=DAY)
    lost = {"status": "unavailable"}
    building.capture("news", [{"record_id": BEFORE, **lost}], at=DAY + HOUR)
    found_removed = [
        {"record_id": WITH, **lost}, {"record_id": HIDDEN, "status": "hidden"},
        {"record_id": REMOVED, "status": "removed"}, {"record_id": QUIET, **lost},
        {"record_id": QUIET_REPLY, **lost},
    ]  # fmt: skip
    # The reply is in an earlier entry of the same capture than the root.
    building.capture("news", found_removed, [{"record_id": ROOT, "status": "removed"}], at=DAY + 2 * HOUR)
    building.capture("news", [{"record_id": LATER, **lost}], at=DAY + 3 * HOUR)
    building.capture("secret", [{"record_id": OTHER}, reply(OTHER_REPLY, OTHER)], at=DAY)
    away = [{"record_id": OTHER, "status": "removed"}, {"record_id": OTHER_REPLY, **lost}]
    building.capture("secret", away, at=DAY + HOUR)
    index.catch_up()
    found = Searcher(building.settings, building.archive, building.derived)
    with closing(found.client):
        yield found


def listed(searcher: Searcher, **hidden: Any) -> dict[str, set[str]]:
    viewer = reader(searcher, "cy@example", **hidden) if hidden else officer(searcher)
    return {one.root["record_id"]: set(one.replies) for one in list_vanished(searcher, viewer)}


def test_only_replies_that_vanished_with_their_root_or_later_are_listed(searcher: Searcher) -> None:
    assert listed(searcher) == {ROOT: {WITH, LATER}, OTHER: {OTHER_REPLY}}


def test_what_a_viewer_may_not_see_is_not_listed(searcher: Searcher) -> None:
    quarantine.put(searcher, QuarantineTarget(RECORD, WITH), "an address", officer(searcher))
    assert listed(searcher, hidden=["secret"]) == {ROOT: {LATER}}


def test_a_person_confirms_exactly_what_was_listed(searcher: Searcher, index: Index) -> None:
    order, covered = make_order(list_vanished(searcher, officer(searcher)), "reviewed the list")
    assert order.scope.records == {WITH, LATER, OTHER_REPLY}
    assert (order.on, covered) == (None, 2)
    assert f"The platform said that the post {ROOT} was removed (capture 20260302T180000Z" in order.evidence
    assert (
        "of Mar 2, 2026, 10:00 a.m. Pacific time; entry 4 of the ledger capture/wordpress/news)"
        in order.evidence
    )
    assert "no longer found 2 replies to it." in order.evidence
    made = statements.state(searcher, order, officer(searcher))
    assert listed(searcher) == {}, "at once, before the index follows"
    index.catch_up()
    query = {"term": {"retention_trigger": "withdrawal stated"}}
    hits = index.client.search(index=index.alias, query=query, size=50)["hits"]["hits"]
    assert {hit["_source"]["record_id"] for hit in hits} == {WITH, LATER, OTHER_REPLY}
    statements.revoke(searcher, made.id, "a mistake", officer(searcher))
    index.catch_up()
    assert listed(searcher) == {ROOT: {WITH, LATER}, OTHER: {OTHER_REPLY}}


def test_a_reply_that_returns_and_vanishes_again_is_listed_again(
    searcher: Searcher, index: Index, building: Building
) -> None:
    order, _ = make_order(list_vanished(searcher, officer(searcher)), "reviewed")
    made = statements.state(searcher, order, officer(searcher))
    back = made.validity.made.at + timedelta(milliseconds=1)
    building.capture("news", [{"record_id": WITH, "status": "visible"}], at=back)
    index.catch_up()
    assert listed(searcher) == {}
    building.capture("news", [{"record_id": WITH, "status": "unavailable"}], at=back + HOUR)
    index.catch_up()
    assert listed(searcher) == {ROOT: {WITH}}


def test_a_root_that_is_seen_again_vanished_with_nothing(
    searcher: Searcher, index: Index, building: Building
) -> None:
    building.capture("news", [{"record_id": ROOT, "status": "visible"}], at=DAY + 9 * HOUR)
    index.catch_up()
    assert ROOT not in listed(searcher)


def test_what_does_not_fit_into_one_statement_is_left_for_the_next(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = list_vanished(searcher, officer(searcher))
    monkeypatch.setattr(vanished_replies, "LONGEST_EVIDENCE", len(found[0].evidence))
    order, covered = make_order(found, "reviewed")
    assert order.scope.records == {WITH, LATER}
    assert covered == 1


def test_nothing_to_state_is_refused() -> None:
    with pytest.raises(UsageError, match="no reply vanished"):
        make_order([], "reviewed")


def test_the_commands_list_preview_and_state(searcher: Searcher, building: Building) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        done = recordroom("retention", *words, environment=building.environment())
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    code, out, told = run("vanished")
    assert (code, ROOT in out) == (0, True)
    assert "3 replies to 2 removed posts. None counts as withdrawn." in told
    code, out, _ = run("vanished", "--json")
    assert {line["root"]: len(line["replies"]) for line in map(json.loads, out.splitlines())} == {
        ROOT: 2,
        OTHER: 1,
    }
    code, _, told = run("state", "vanished", "--reason", "reviewed", "--dry-run")
    assert (code, "3 records" in told) == (0, True)
    assert searcher.retention.refresh().statements == {}
    code, out, told = run("state", "vanished", "--reason", "reviewed", "--yes")
    assert (code, out.endswith(": in force\n")) == (0, True), told
    [made] = searcher.retention.refresh().statements.values()
    assert run("vanished")[2].startswith("0 replies")
    code, out, told = run("statements")
    assert (code, made.id in out, "1 statement in force, 0 waiting for approval." in told) == (0, True, True)
    code, _, _ = run("revoke-statement", made.id, "--reason", "a mistake")
    assert (code, searcher.retention.refresh().statements[made.id].counts) == (0, False)
    code, out, _ = run("statements", "--json")
    assert json.loads(out)["state"] == "revoked"
    words = ("state", "withdrawn", "--record", ROOT, "--evidence", "seen", "--reason", "why")
    code, _, told = run(*words, "--on", "2999-01-01", "--yes")
    assert (code, "in the future" in told) == (2, True), told
    code, out, told = run(*words, "--on", "2026-06-01", "--yes", "--json")
    assert json.loads(out)["on"] == "2026-06-01", told
