"""Posts on Bluesky that are looked up by address, and the server that can say that one was removed."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from infra.sandbox.model import Post
from recordroom.errors import UnexpectedResponse, UsageError
from recordroom.model import HIDDEN, Absence, Exchange
from recordroom.platforms import bluesky
from recordroom.platforms.contract import KnownRecord, Window
from tests.platforms.bluesky.account import (
    THREAD,
    at_method,
    known,
    open_directory,
    permalink,
    publish,
    read,
    sign_in,
    withhold,
)
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.scripted import Answer

PLATFORM = "bluesky"
STORED, PROOF = "com.atproto.repo.getRecord", "com.atproto.sync.getRecord"
Statuses = dict[str, tuple[str, str | None]]
# a record, as a repository stores it
TAKEN_DOWN = Answer(b"a tree of keys\xa4etextbhi\x65$typerapp.bsky.feed.post")


def split(
    sandbox: Sandbox, result: list[Exchange | Absence]
) -> tuple[dict[str, tuple[str, str | None]], dict[str, tuple[str, str | None]]]:
    """Return (absences, records) of a lookup by address: status, and who caused it."""
    absences = {
        one.record_id.removeprefix("bluesky:"): (one.status, one.acted_by)
        for one in result
        if isinstance(one, Absence)
    }
    records = sandbox.parse(one for one in result if isinstance(one, Exchange))
    return absences, {record.native_id: (record.status, record.acted_by) for record in records.values()}


def test_server_of_the_author_decides_whether_a_post_was_removed(sandbox: Sandbox) -> None:
    network, (parent, teacher) = sandbox.network, sandbox.others
    top = sandbox.publish(days=9)
    stays, deleted, withheld, taken_down = (sandbox.comment(top) for _ in range(4))
    blocked, elsewhere = sandbox.comment(top, 1), sandbox.comment(top, 1)
    own = sandbox.publish(days=8)
    shared = network.repost(sandbox.us, publish(sandbox, parent, 8), at=START - timedelta(days=7))
    posts = (stays, deleted, withheld, taken_down, blocked, elsewhere, own, shared)
    asked = [known(sandbox, post, "comment") for post in posts]
    for post in (deleted, elsewhere, own, shared):
        network.remove(post)
    network.block(sandbox.us, teacher)
    open_directory(sandbox, {parent: "https://enoki.host.bsky.network", teacher: "https://pds.example"})
    withhold(sandbox, withheld, taken_down)
    taken = sandbox.named(taken_down).rpartition("/")[2]
    refusal = Answer({"error": "RecordNotFound", "message": "Could not locate record"}, 400)

    def take_down(request: httpx.Request, real: object) -> httpx.Response:
        assert callable(real)
        gone = request.url.params.get("rkey") == taken
        answer = TAKEN_DOWN if request.url.path.endswith(PROOF) else refusal
        result = answer.instead() if gone else real()
        assert isinstance(result, httpx.Response)
        return result

    sandbox.transport.rules.append((".getRecord?", take_down))
    profile = KnownRecord(
        f"bluesky:at://{sandbox.entry.known.native_id}", sandbox.entry.known.native_id, "profile"
    )
    absences, records = split(sandbox, sandbox.lookup(profile, *asked))
    assert absences == {
        sandbox.named(deleted): ("removed", "author"),
        sandbox.named(own): ("removed", "agency"),
        sandbox.named(shared): ("removed", "agency"),
        sandbox.named(taken_down): ("hidden", "platform"),
        sandbox.named(elsewhere): ("unavailable", None),  # anyone may run that server
    }
    assert records == {
        sandbox.entry.known.native_id: ("visible", None),
        sandbox.named(stays): ("visible", None),
        sandbox.named(blocked): ("hidden", "agency"),
        sandbox.named(withheld): ("hidden", "platform"),
    }
    assert not [url for url in sandbox.transport.asked if "pds.example" in url]


def test_replies_to_a_reply_that_a_block_hides_are_read(sandbox: Sandbox) -> None:
    """No conversation shows them, because none shows their parent."""
    blocked = sandbox.comment(sandbox.publish(days=9), 1)
    below = sandbox.comment(blocked)
    sandbox.network.block(sandbox.us, sandbox.others[1])
    sandbox.identify()
    found = sandbox.parse(
        one for one in sandbox.lookup(known(sandbox, blocked, "comment")) if isinstance(one, Exchange)
    )
    places = [(record.native_id, record.kind, record.status) for record in found.values()]
    assert places == [
        (sandbox.named(blocked), "comment", "hidden"),
        (sandbox.named(below), "reply", "visible"),
    ]


def test_reply_stays_hidden_while_its_root_post_hides_it(sandbox: Sandbox) -> None:
    """The reply of the account above it is older than the window.

    Each capture looks up newer replies below such a reply by their addresses.
    """
    theirs = publish(sandbox, sandbox.others[1], 9)
    below = sandbox.comment(sandbox.comment(theirs, sandbox.us))
    asked = known(sandbox, below, "comment", status=HIDDEN)
    sandbox.identify()
    for hide, told in (
        (sandbox.network.hide, ("hidden", None)),
        (sandbox.network.restore, ("visible", None)),
    ):
        hide(below)
        (answer,) = sandbox.lookup(asked)
        assert isinstance(answer, Exchange)
        assert [(record.status, record.acted_by) for record in bluesky.parse(answer)] == [told]


@pytest.fixture
def deleted(sandbox: Sandbox) -> tuple[KnownRecord, KnownRecord]:
    """Return two replies; the first one was deleted."""
    top = sandbox.publish(days=9)
    removed, there = sandbox.comment(top), sandbox.comment(top)
    asked = known(sandbox, removed, "comment"), known(sandbox, there, "comment")
    sandbox.network.remove(removed)
    open_directory(sandbox, {sandbox.others[0]: "https://enoki.host.bsky.network"})
    return asked


def test_server_that_can_prove_nothing_is_believed(
    sandbox: Sandbox, deleted: tuple[KnownRecord, KnownRecord]
) -> None:
    """The sandbox does not have com.atproto.sync.getRecord."""
    (absence,) = sandbox.lookup(deleted[0])
    assert isinstance(absence, Absence)
    assert (absence.status, absence.acted_by) == ("removed", "author")


def refused_lookup(
    sandbox: Sandbox, method: str, status: int, deleted: tuple[KnownRecord, KnownRecord]
) -> Absence:
    """Return the absence that a lookup concludes if the author's server refuses that method.

    The other reply is read.
    """
    sign_in(sandbox)
    sandbox.transport.rules.append(at_method(method, Answer("<html>", status)))
    answer, absence = sandbox.lookup(*deleted)
    assert isinstance(answer, Exchange)
    assert [record.record_id for record in bluesky.parse(answer)] == [deleted[1].record_id]
    assert isinstance(absence, Absence)
    assert (absence.record_id, absence.status, absence.acted_by) == (
        deleted[0].record_id,
        "unavailable",
        None,
    )
    return absence


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500])
def test_server_of_another_author_that_refuses_requests_stops_nothing(
    sandbox: Sandbox, deleted: tuple[KnownRecord, KnownRecord], status: int
) -> None:
    refused_lookup(sandbox, STORED, status, deleted)


@pytest.mark.parametrize("status", [401, 403, 410, 429, 500])
def test_server_that_does_not_say_whether_it_took_a_post_down_proves_no_deletion(
    sandbox: Sandbox, deleted: tuple[KnownRecord, KnownRecord], status: int
) -> None:
    assert (
        "but not whether its moderators took the record down"
        in refused_lookup(sandbox, PROOF, status, deleted).reason
    )


def test_lookup_without_a_directory_concludes_no_removal(sandbox: Sandbox) -> None:
    top = sandbox.publish(days=9)
    stays, removed = sandbox.comment(top), sandbox.comment(top)
    repost = sandbox.network.repost(sandbox.us, top, at=START - timedelta(days=1))
    asked = [known(sandbox, post, "comment") for post in (stays, removed, repost)]
    sandbox.network.remove(removed)
    sandbox.network.remove(repost)
    sandbox.identify()
    missing = Answer({"error": "MethodNotImplemented", "message": ""}, 501)
    sandbox.transport.rules = [
        at_method(method, missing)
        for method in ("com.atproto.repo.describeRepo", "app.bsky.graph.getRelationships")
    ]
    absences, records = split(sandbox, sandbox.lookup(*asked))
    assert absences == {sandbox.named(one): ("unavailable", None) for one in (removed, repost)}
    assert records == {sandbox.named(stays): ("visible", None)}


def test_deactivated_repository_is_no_removal(
    sandbox: Sandbox, deleted: tuple[KnownRecord, KnownRecord]
) -> None:
    refusal = Answer({"error": "RepoDeactivated", "message": "Repo deactivated"}, 400)
    sandbox.transport.rules.append(at_method(STORED, refusal))
    (absence,) = sandbox.lookup(deleted[0])
    assert isinstance(absence, Absence)
    assert (absence.status, absence.acted_by) == ("unavailable", None)
    assert "RepoDeactivated" in absence.reason


def test_record_that_is_no_post_in_place_of_a_reply_stops_nothing(
    sandbox: Sandbox, deleted: tuple[KnownRecord, KnownRecord]
) -> None:
    """A server accepts any record that its owner stores there; the AppView shows nothing of it."""
    value = {"$type": "app.bsky.feed.post", "text": {"of": "another kind"}}
    sandbox.transport.rules.append(
        at_method(STORED, Answer({"uri": deleted[0].native_id, "cid": "c", "value": value}))
    )
    (absence,) = sandbox.lookup(deleted[0])
    assert isinstance(absence, Absence)
    assert (absence.status, absence.acted_by) == ("unavailable", None)
    assert "no longer a post" in absence.reason


def test_conversation_of_another_shape_is_reported_by_the_lookup_of_a_hidden_reply(sandbox: Sandbox) -> None:
    hidden = sandbox.comment(sandbox.publish(days=9))
    sandbox.identify()
    sandbox.transport.rules = [at_method(THREAD, Answer([]))]
    with pytest.raises(UnexpectedResponse, match="must be an object"):
        sandbox.lookup(known(sandbox, hidden, "comment", status=HIDDEN))


def test_permalink_of_a_reply_to_others_brings_what_follows_it(sandbox: Sandbox) -> None:
    parent = sandbox.others[0]
    top = sandbox.publish(days=9)
    first = sandbox.comment(top)
    second = sandbox.comment(first)
    theirs = publish(sandbox, parent, 8)
    elsewhere = sandbox.comment(theirs, sandbox.us)
    thanks = sandbox.comment(elsewhere)
    under = sandbox.comment(thanks)
    beyond = sandbox.comment(under)
    unrelated = publish(sandbox, parent, 7)

    def captured(post: Post) -> set[str]:
        return set(read(sandbox, Window("one", url=permalink(sandbox, post)))) - {
            f"at://{sandbox.identify().known.native_id}"
        }

    assert captured(top) == captured(second) == {sandbox.named(one) for one in (top, first, second)}
    expected = {sandbox.named(one) for one in (elsewhere, thanks, under, beyond)}
    assert captured(elsewhere) == captured(thanks) == captured(beyond) == expected
    for post in (theirs, unrelated):
        with pytest.raises(UsageError):
            captured(post)


def test_reply_of_a_blocked_author_to_others_is_visible_by_its_permalink(sandbox: Sandbox) -> None:
    """The block is between its author and the account; a conversation of others shows it."""
    first = sandbox.comment(sandbox.publish(days=9))
    shown = sandbox.comment(first, 1)
    sandbox.network.block(sandbox.us, sandbox.others[1])
    assert (
        read(sandbox, Window("one", url=permalink(sandbox, shown)))[sandbox.named(shown)].status == "visible"
    )
