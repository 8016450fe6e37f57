"""Lookups on LinkedIn: posts, comments, and permalinks."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from infra.sandbox.faces.linkedin.access import activity_urn
from recordroom.canonical import version_of
from recordroom.errors import PlatformFailure, Throttled, UsageError
from recordroom.model import Absence, Exchange
from recordroom.platforms import linkedin
from recordroom.platforms.contract import KnownRecord, Window
from tests.platforms.contract.sandbox import Sandbox, marked, words_of
from tests.platforms.contract.test_lookup import known
from tests.platforms.linkedin.test_walk import (
    MISSING,
    comments_path,
    error,
    give_roles,
    known_comment,
    natives,
    requested,
    rewrite_item,
)
from tests.platforms.scripted import Answer

PLATFORM = "linkedin"


def known_post(urn: str) -> KnownRecord:
    return KnownRecord(f"linkedin:{urn}", urn, "post", None, f"linkedin:{urn}")


def test_many_are_looked_up_by_few_requests_and_unknown_ones_are_unavailable(sandbox: Sandbox) -> None:
    post, (question, reply) = sandbox.converse()
    for _ in range(50):
        sandbox.comment(post)
    held = natives(sandbox)
    root, above = sandbox.named(post), sandbox.named(question)
    beside = above.rpartition(",")[0]
    gone_root, gone_above = "urn:li:share:9", "urn:li:comment:(urn:li:activity:9,97)"
    never = [
        known_post(gone_root),
        known_comment(f"{beside},99)", root),
        known_comment(f"{beside},98)", root, above),
        known_comment(gone_above, gone_root),
        known_comment("urn:li:comment:(urn:li:activity:9,96)", gone_root, gone_above),
    ]
    before = len(sandbox.transport.asked)
    answers = sandbox.lookup(*map(known, held.values()), *never)
    absences = {one.record_id: one.status for one in answers if isinstance(one, Absence)}
    assert absences == {one.record_id: "unavailable" for one in never}
    found = sandbox.parse(one for one in answers if isinstance(one, Exchange))
    assert {name: version_of(record) for name, record in found.items()} == {
        record.record_id: version_of(record) for record in held.values()
    }
    assert found[f"linkedin:{sandbox.named(reply)}"].parent_id == f"linkedin:{above}"
    assert len(sandbox.transport.asked) - before < 16


def test_reply_that_is_found_only_below_its_comment_is_no_absence(sandbox: Sandbox) -> None:
    """LinkedIn does not document whether the API finds replies below the post."""
    post, (question, reply) = sandbox.converse()
    held = natives(sandbox)
    above, below = sandbox.named(question), sandbox.named(reply)
    never = known_comment(above.rpartition(",")[0] + ",95)", sandbox.named(post), above)
    numbers = [one.rstrip(")").rpartition(",")[2] for one in (below, never.native_id)]
    nothing = Answer({"results": {}, "errors": dict.fromkeys(numbers, MISSING.body), "statuses": {}})
    with sandbox.transport.meanwhile(f"{comments_path(sandbox, post)}?ids=", nothing.instead):
        answers = sandbox.lookup(known(held[below]), never)
    assert [one.record_id for one in answers if isinstance(one, Absence)] == [never.record_id]
    assert list(sandbox.parse(one for one in answers if isinstance(one, Exchange))) == [f"linkedin:{below}"]


def test_throttle_and_dead_token_are_no_absence(sandbox: Sandbox) -> None:
    _, (question, _) = sandbox.converse()
    asked = known(natives(sandbox)[sandbox.named(question)])
    for answer in (error(401, "x"), error(429, "x")):
        with sandbox.transport.meanwhile("?ids=", answer.instead), pytest.raises(PlatformFailure):
            sandbox.lookup(asked)
    number = asked.native_id.rstrip(")").rpartition(",")[2]
    one_of_many = Answer({"results": {}, "errors": {number: error(429, "x").body}, "statuses": {}})
    with sandbox.transport.meanwhile("?ids=", one_of_many.instead), pytest.raises(Throttled):
        sandbox.lookup(asked)


@pytest.mark.parametrize("status", [403, 400, 500])
def test_nothing_is_concluded_of_one_that_is_refused_while_others_are_given(
    sandbox: Sandbox, status: int
) -> None:
    """Earlier code ended each sweep at it, and never called any record removed."""
    posts = [sandbox.publish(days=days) for days in (1, 2)]
    said = [sandbox.comment(posts[0]) for _ in range(2)]
    held = natives(sandbox)
    for pair in (said, posts):
        refused, gone = asked = [known(held[sandbox.named(one)]) for one in pair]
        keys = [one.native_id.rstrip(")").rpartition(",")[2] for one in asked]
        answer = Answer(
            {"results": {}, "errors": {keys[0]: error(status, "X", "x").body, keys[1]: MISSING.body}}
        )
        with sandbox.transport.meanwhile("?ids=", answer.instead):
            answers = sandbox.lookup(*asked)
        assert [one.record_id for one in answers if isinstance(one, Absence)] == [gone.record_id]
        told = [
            (list(linkedin.parse(one)), one.context["untold"]) for one in answers if isinstance(one, Exchange)
        ]
        assert told == [([], [refused.record_id])]


def test_number_of_a_comment_changes_nothing_else_of_an_address(sandbox: Sandbox) -> None:
    odd = known_comment("urn:li:comment:(urn:li:activity:50001,9&start=5)", sandbox.named(sandbox.publish()))
    sandbox.identify()
    sandbox.lookup(odd)
    [asked] = requested(sandbox, "/comments?ids=")
    assert asked.endswith("?ids=List(9%26start%3D5)")


def test_nothing_is_concluded_of_comments_on_a_post_that_are_refused(sandbox: Sandbox) -> None:
    """The role is there, and comments on other posts are given. Earlier code ended a sweep at them."""
    (post, _), (other, said) = sandbox.converse(days=1), sandbox.converse(days=2)
    held = marked(sandbox.read().values())
    refused = known(held[said[0].now.text])
    gone = known_comment("urn:li:comment:(urn:li:activity:1,95)", sandbox.named(post))
    refuse = error(403, "ACCESS_DENIED", "x")
    with sandbox.transport.meanwhile(f"{comments_path(sandbox, other)}?ids=", refuse.instead):
        answers = sandbox.lookup(refused, gone)
    assert [one.record_id for one in answers if isinstance(one, Absence)] == [gone.record_id]
    told = [
        (list(linkedin.parse(one)), one.context["untold"]) for one in answers if isinstance(one, Exchange)
    ]
    assert told == [([], [refused.record_id])]


@pytest.mark.parametrize(
    ("state", "who"), [("DRAFT", "agency"), ("PUBLISH_FAILED", None), ("PUBLISH_REQUESTED", None)]
)
def test_post_that_is_no_longer_published_is_hidden_by_the_agency_only_as_a_draft(
    sandbox: Sandbox, state: str, who: str | None
) -> None:
    post = sandbox.publish()
    held = natives(sandbox)[sandbox.named(post)]
    with sandbox.transport.meanwhile("posts?ids=", rewrite_item(post, lifecycleState=state)):
        answers = sandbox.lookup(known(held))
    assert [(one.status, one.acted_by) for one in answers if isinstance(one, Absence)] == [("hidden", who)]


@pytest.mark.parametrize("is_found_as_activity", [True, False])
@pytest.mark.parametrize(
    "form",
    [
        "https://www.linkedin.com/feed/update/{share}",
        "https://www.linkedin.com/feed/update/{escaped}/?commentUrn=x",
        "https://www.linkedin.com/feed/update/{activity}/",
        "https://www.linkedin.com/posts/fircrest_schools-closed-activity-{activity_number}-aBc1",
        "https://linkedin.com/posts/fircrest_share-{share_number}-xYz_",
    ],
)
def test_permalink_of_each_form_brings_its_conversation(
    sandbox: Sandbox, form: str, *, is_found_as_activity: bool
) -> None:
    """LinkedIn does not document whether posts are found by their activities."""
    post, said = sandbox.converse()
    sandbox.converse(days=2)
    share, activity = sandbox.named(post), activity_urn(post)
    numbers = {"share_number": share.rpartition(":")[2], "activity_number": activity.rpartition(":")[2]}
    url = form.format(share=share, escaped=quote(share, safe=""), activity=activity, **numbers)
    if not is_found_as_activity:
        sandbox.transport.rules = [(f"posts/{quote(activity, safe='')}", MISSING.instead)]
    assert set(marked(sandbox.read(Window("one", url=url)).values())) == words_of([post, *said])
    assert len(requested(sandbox, "posts?q=author")) == (":activity:" in url or "activity-" in url) * (
        not is_found_as_activity
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/feed/update/{}",
        "https://notlinkedin.com/feed/update/{}",
        "https://www.linkedin.com/feed/update/urn:li:share:999",
        "https://www.linkedin.com/feed/update/urn:li:activity:999",
    ],
)
def test_address_of_no_post_of_the_page_is_refused(sandbox: Sandbox, url: str) -> None:
    post = sandbox.publish()
    with pytest.raises(UsageError):
        sandbox.read(Window("one", url=url.format(sandbox.named(post))))


def test_post_of_another_page_is_refused_whoever_may_read_it(sandbox: Sandbox) -> None:
    sandbox.network.account("linkedin/other", "Other", staff=True)
    theirs = sandbox.network.publish("linkedin/other", "Notice 900")
    window = Window("one", url=f"https://www.linkedin.com/feed/update/{sandbox.named(theirs)}")
    for pages in ([], ["linkedin/other"]):
        give_roles(sandbox, "ADMINISTRATOR")
        sandbox.network.accounts["linkedin/holder"].manages += pages
        with pytest.raises(UsageError, match="another page's"):
            sandbox.read(window)
