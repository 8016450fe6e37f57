"""Statuses that are looked up by ID on a Mastodon instance, and the conversation of a permalink."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from infra.sandbox.model import Post
from recordroom.errors import AccountUnavailable, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Identity
from recordroom.platforms import mastodon
from recordroom.platforms.contract import KnownRecord, Window
from recordroom.platforms.mastodon.api import BATCH
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.mastodon.account import (
    FIXTURES,
    OUTSIDE,
    at_path,
    known,
    profile_id,
    record_id,
    reply_in_chains,
    requests_to,
    sign_out,
    use_token_of,
)
from tests.platforms.scripted import Answer, Scripted, account

PLATFORM = "mastodon"


def public() -> str:
    return "public"


def test_lookup_requests_batches_and_each_missing_status_alone(sandbox: Sandbox) -> None:
    top = sandbox.publish(days=9)
    replies = reply_in_chains(sandbox, top, 58, 1)
    asked = [known(sandbox, one, "comment", top, top, visibility=lambda: "unlisted") for one in replies]
    asked.append(KnownRecord(profile_id(sandbox), sandbox.entry.known.native_id, "profile"))
    for one in replies[48:]:
        sandbox.network.remove(one)
    sign_out(sandbox)
    sandbox.transport.asked.clear()
    result = sandbox.lookup(*asked)
    absences = {one.record_id: one.status for one in result if isinstance(one, Absence)}
    records = sandbox.parse(one for one in result if isinstance(one, Exchange))
    assert absences == {record_id(sandbox, one): "unavailable" for one in replies[48:]}
    assert set(records) == {one.record_id for one in asked} - set(absences)
    assert records[record_id(sandbox, replies[5])].kind == "comment"
    batches = -(-len(replies) // BATCH)
    assert len(sandbox.transport.asked) == 1 + batches + 10, (
        "the profile, the batches, and each missing status"
    )


def test_many_missing_statuses_are_not_requested_one_by_one(sandbox: Sandbox) -> None:
    """It would take too many requests.

    So many absences count only after a person has confirmed them.
    """
    top = sandbox.publish(days=9)
    replies = reply_in_chains(sandbox, top, 21, 1)
    asked = [known(sandbox, one, "comment", top, top, visibility=public) for one in replies]
    for one in replies:
        sandbox.network.remove(one)
    sandbox.identify()
    sign_out(sandbox)
    sandbox.transport.asked.clear()
    assert len([one for one in sandbox.lookup(*asked) if isinstance(one, Absence)]) == 21
    assert len(sandbox.transport.asked) == -(-21 // BATCH)


def test_list_in_place_of_a_status_is_reported(sandbox: Sandbox) -> None:
    top = sandbox.publish(days=9)
    reply = sandbox.comment(top)
    asked = known(sandbox, reply, "comment", top, top, visibility=public)
    sandbox.network.limit(sandbox.others[0])  # so that it is requested alone
    sandbox.identify()
    sandbox.transport.rules = [at_path(f"/statuses/{sandbox.named(reply)}", Answer([]))]
    with pytest.raises(UnexpectedResponse, match=f"statuses/{sandbox.named(reply)}"):
        sandbox.lookup(asked)


def test_new_replies_below_a_reply_whose_post_was_removed_are_read(sandbox: Sandbox) -> None:
    sign_out(sandbox)
    top = sandbox.publish(days=9)
    comment = sandbox.comment(top)
    reply = sandbox.comment(comment)
    asked = [known(sandbox, comment, "comment", top, top), known(sandbox, reply, "reply", comment, top)]
    root = record_id(sandbox, top)
    sandbox.network.remove(top)
    sandbox.identify()
    sandbox.transport.asked.clear()
    sandbox.lookup(*asked)
    assert len(sandbox.transport.asked) == 1, "the counts are those of the archive"
    new = sandbox.comment(reply)
    found = sandbox.parse(one for one in sandbox.lookup(*asked) if isinstance(one, Exchange))
    assert set(found) == {record_id(sandbox, one) for one in (comment, reply, new)}
    place = found[record_id(sandbox, new)]
    assert (place.kind, place.parent_id, place.root_id) == ("reply", record_id(sandbox, reply), root)


def test_permalink_without_a_token_brings_its_complete_conversation(sandbox: Sandbox) -> None:
    """The contract tests read one with a token, to which an instance shows a conversation at once."""
    sign_out(sandbox)
    top = sandbox.publish(days=9)
    chain = reply_in_chains(sandbox, top, 50, 50)
    theirs = sandbox.network.publish(sandbox.others[0], "Theirs", at=START - timedelta(days=3))
    ours = sandbox.comment(theirs, sandbox.us)
    below = sandbox.comment(ours)
    unrelated = sandbox.network.publish(sandbox.others[0], "Unrelated", at=START - timedelta(days=2))

    def captured(name: str) -> set[str]:
        return set(sandbox.read(Window("one", url=f"https://social.test/@someone/{name}"))) - {
            profile_id(sandbox)
        }

    complete = {record_id(sandbox, one) for one in (top, *chain)}
    assert captured(sandbox.named(top)) == captured(sandbox.named(chain[-1])) == complete
    assert (
        captured(sandbox.named(ours))
        == captured(sandbox.named(below))
        == {record_id(sandbox, one) for one in (ours, below)}
    )
    for name in (sandbox.named(unrelated), "999"):
        with pytest.raises(UsageError):
            captured(name)
    with pytest.raises(UsageError, match="on another server than the account"):
        sandbox.fetch(Window("one", url=f"https://elsewhere.example/@district/{sandbox.named(top)}"))


def test_identity_and_totals_are_read() -> None:
    profile = json.loads((FIXTURES / "ordinary-profile.json").read_text())
    who = account("mastodon", "https://social.fircrest.example/@fircrest", api_url="https://other.example/")
    client = Scripted(
        [
            Answer(profile),
            Answer({"domain": "Fircrest.example", "title": "x"}),
            Answer(profile),
            Answer({"error": "Not Found"}, 404),
        ]
    )
    identity = mastodon.identify(who, client)
    assert (identity.native_id, identity.server, identity.title) == (
        profile["id"],
        "fircrest.example",
        "Fircrest Schools",
    )
    assert client.asked[0] == "https://other.example/api/v1/accounts/lookup?acct=fircrest"
    assert mastodon.identify(who, client).server == "social.fircrest.example"
    with pytest.raises(AccountUnavailable, match="suspended"):
        mastodon.identify(who, Scripted([Answer(profile | {"suspended": True})]))
    with pytest.raises(AccountUnavailable):
        mastodon.identify(account("mastodon", "https://social.example/about"), Scripted([]))
    with pytest.raises(UnexpectedResponse, match="domain"):
        mastodon.identify(who, Scripted([Answer(profile), Answer({"title": "x"})]))
    totals = mastodon.totals(
        account("mastodon", "https://schools.example/@fircrest", Identity("100", "schools.example")),
        Scripted([Answer(profile)]),
    )
    assert totals is not None
    assert totals.kinds == {"own": 431}


def look_up_removed(
    sandbox: Sandbox, *posts: Post, tally: str | None = "own"
) -> tuple[dict[str, Absence], str]:
    """Return (the absences that a lookup concludes for posts of the account, its reports of missing ones)."""
    asked = [known(sandbox, one, "post", None, one, tally=tally, visibility=public) for one in posts]
    sandbox.identify()
    sandbox.transport.asked.clear()
    result = sandbox.lookup(*asked)
    assert sandbox.parse(one for one in result if isinstance(one, Exchange)) == {}
    reported = " ".join(str(one.context.get("short", "")) for one in result if isinstance(one, Exchange))
    return {one.record_id: one for one in result if isinstance(one, Absence)}, reported


def test_post_that_moderators_deleted_was_removed_by_the_platform(sandbox: Sandbox) -> None:
    at = [START - timedelta(days=days) for days in range(10)]
    first, second, marked, other = posts = [sandbox.publish(days=9) for _ in range(4)]
    others = [sandbox.publish(days=8) for _ in range(90)]  # more warnings than a page has
    sandbox.network.moderate(first, at[7])
    sandbox.network.moderate(second, at[7])
    for number, one in enumerate(others):
        sandbox.network.moderate(one, at[6] + timedelta(minutes=number))
    sandbox.network.moderate(marked, at[1])
    sandbox.network.remove(other)

    def mark(body: Any) -> Any:
        """Change warnings: one marked its post as sensitive; those of the other posts name no post."""
        for warning in (one["moderation_warning"] for one in body):
            if warning["status_ids"] == [sandbox.named(marked)]:
                warning["action"] = "mark_statuses_as_sensitive"
            elif warning["status_ids"][0] not in {sandbox.named(first), sandbox.named(second)}:
                warning |= {"action": "none", "status_ids": None}
        return body

    sandbox.transport.rules = [("/notifications", rewrite_json(mark))]
    absences, reported = look_up_removed(sandbox, *posts)
    assert {name: (one.status, one.acted_by) for name, one in absences.items()} == {
        record_id(sandbox, first): ("removed", "platform"),
        record_id(sandbox, second): ("removed", "platform"),
        record_id(sandbox, marked): ("unavailable", None),
        record_id(sandbox, other): ("unavailable", None),
    }
    absence = absences[record_id(sandbox, first)]
    assert f"{at[7]:%Y-%m-%dT%H:%M:%S}" in absence.reason
    assert list(mastodon.parse(absence.exchange)) == []
    assert b"delete_statuses" in absence.exchange.body
    assert reported == ""


@pytest.mark.parametrize(
    "case", ["without a token", "not a post of the account", "with the token of another account"]
)
def test_warnings_of_moderators_are_requested_for_own_posts_by_the_account_only(
    sandbox: Sandbox, case: str
) -> None:
    post = sandbox.publish(days=3)
    sandbox.network.moderate(post)
    if case == "without a token":
        sign_out(sandbox)
    elif case == "with the token of another account":
        use_token_of(sandbox, sandbox.others[0])
    absences, _ = look_up_removed(sandbox, post, tally=None if case == "not a post of the account" else "own")
    assert {one.status for one in absences.values()} <= {"unavailable"}
    assert not requests_to(sandbox, "/notifications")


@pytest.mark.parametrize("answer", [OUTSIDE, Answer("", 500), Answer([{}])])
def test_missing_warnings_of_moderators_are_reported(sandbox: Sandbox, answer: Answer) -> None:
    post = sandbox.publish(days=3)
    sandbox.network.moderate(post)
    sandbox.transport.rules = [at_path("/notifications", answer)]
    absences, reported = look_up_removed(sandbox, post)
    assert absences[record_id(sandbox, post)].status == "unavailable"
    assert "checked whether the instance's moderators deleted" in reported
