"""Lookups on Threads by ID or address, and conclusions about records that are not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recordroom.errors import Blocked, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange
from recordroom.platforms import threads
from recordroom.platforms.contract import KnownRecord, Window
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox, marked
from tests.platforms.contract.test_lookup import known
from tests.platforms.scripted import Answer
from tests.platforms.threads.test_walk import error, natives, open_talk, page_of

PLATFORM = "threads"


def test_a_reply_to_another_and_the_profile_are_looked_up_and_what_has_gone_did_not_end(
    sandbox: Sandbox,
) -> None:
    talk = open_talk(sandbox)
    held = natives(sandbox)
    mentioned = held.pop(sandbox.named(talk.mention))
    assert mentioned.kind == "comment"
    for post in (talk.below, talk.quote):
        sandbox.network.remove(post)
    result = sandbox.lookup(*map(known, held.values()))
    gone = {
        one.record_id: (one.status, one.acted_by, one.ended) for one in result if isinstance(one, Absence)
    }
    assert gone == {
        f"threads:{sandbox.named(post)}": ("unavailable", None, False) for post in (talk.below, talk.quote)
    }
    found = sandbox.parse(one for one in result if isinstance(one, Exchange))
    assert found.keys() == {record.record_id for record in held.values()} - gone.keys()


def test_a_reply_that_waits_is_not_read_as_if_it_were_published(sandbox: Sandbox) -> None:
    """Threads does not document whether a lookup by ID reports that a reply was hidden."""
    post, (public, _) = sandbox.converse()
    waits = sandbox.comment(post)
    sandbox.network.hold(waits)
    held = marked(sandbox.read().values())

    def silent(body: Any) -> Any:
        return {
            name: value
            for name, value in body.items()
            if name not in ("hide_status", "reply_approval_status")
        }

    with sandbox.transport.meanwhile(f"/{sandbox.named(waits)}?", rewrite_json(silent)):
        result = sandbox.lookup(*(known(held[one.now.text]) for one in (waits, public)))
    found = sandbox.parse(one for one in result if isinstance(one, Exchange))
    assert {name: record.status for name, record in found.items()} == {
        f"threads:{sandbox.named(waits)}": "held",
        f"threads:{sandbox.named(public)}": "visible",
    }
    with sandbox.transport.meanwhile("/pending_replies", error(4, "limit").instead), pytest.raises(Throttled):
        sandbox.lookup(known(held[waits.now.text]))


@pytest.mark.parametrize("code", [10, 100])  # a missing permission; or the post above is removed
def test_what_waited_or_was_ignored_is_not_called_published_where_the_list_of_what_waits_is_refused(
    sandbox: Sandbox, code: int
) -> None:
    post, (public, _) = sandbox.converse()
    waiting = [sandbox.comment(post) for _ in range(2)]
    for one in waiting:
        sandbox.network.hold(one)
    found = marked(sandbox.read().values())
    waits, ignored = (known(found[one.now.text]) for one in waiting)
    asked = [waits, replace(ignored, status="hidden"), known(found[public.now.text])]

    def told() -> list[str | None]:
        with sandbox.transport.meanwhile("/pending_replies", error(code, "no").instead):
            result = sandbox.lookup(*asked)
        read = [
            (r.record_id, r.status) for one in result if isinstance(one, Exchange) for r in threads.parse(one)
        ]
        assert read == [(asked[2].record_id, "visible")]
        return [
            one.status if isinstance(one, Absence) else next(iter(one.context.get("untold", ())), None)
            for one in result
        ]

    assert told() == [waits.record_id, ignored.record_id, None]
    for one in waiting:
        sandbox.network.remove(one)
    assert told() == ["unavailable", "unavailable", None]


@pytest.mark.parametrize(
    ("age", "ended"), [(timedelta(hours=24), True), (timedelta(hours=24) - timedelta(seconds=30), False)]
)
def test_a_ghost_post_that_is_given_no_longer_ended(sandbox: Sandbox, age: timedelta, ended: bool) -> None:
    sandbox.identify()
    ghost = KnownRecord("threads:4", "4", "story", None, "threads:4", sandbox.network.now() - age)
    [absence] = sandbox.lookup(ghost)
    assert isinstance(absence, Absence)
    assert (absence.ended, absence.acted_by) == (ended, "platform" if ended else None)


def test_mentions_are_looked_for_in_the_whole_list_for_only_it_knows_them(sandbox: Sandbox) -> None:
    post = sandbox.publish()
    ours = sandbox.comment(post, words="Question 801: and @district?")
    mentions = [
        sandbox.network.publish(
            sandbox.others[0], f"Thanks {number}, @district", at=START - timedelta(days=number + 2)
        )
        for number in range(12)
    ]
    page_of(sandbox, 5)
    held = natives(sandbox)
    sandbox.network.remove(mentions[6])
    first, gone, last = (f"threads:{sandbox.named(mentions[number])}" for number in (0, 6, 11))
    result = sandbox.lookup(*(known(held[name.partition(":")[2]]) for name in (first, gone, last)))
    assert [(one.record_id, one.status) for one in result if isinstance(one, Absence)] == [
        (gone, "unavailable")
    ]
    found = sandbox.parse(one for one in result if isinstance(one, Exchange))
    assert {first, last} <= found.keys()
    assert f"threads:{sandbox.named(ours)}" not in found, "it stands in the account's own conversation"


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (error(100, "(#100) Tried accessing nonexisting field (mood)"), UnexpectedResponse),
        (error(4, "limit"), Throttled),
        (error(190, "dead", 463), TokenExpired),
        (error(10, "permission"), Blocked),
    ],
)
def test_error_100_about_the_request_is_no_absence(
    sandbox: Sandbox, answer: Answer, failure: type[Exception]
) -> None:
    _, (question, _) = sandbox.converse()
    held = marked(sandbox.read().values())[question.now.text]
    with sandbox.transport.meanwhile(f"/{sandbox.named(question)}?", answer.instead), pytest.raises(failure):
        sandbox.lookup(known(held))


@pytest.mark.parametrize(
    "url",
    [
        "https://www.threads.com/@district",
        "https://elsewhere.example/@district/post/{}",
        "https://notthreads.com/t/{}",
        "https://www.threads.com/@district/post/D999",
        "theirs",
        "http://[",
        "",
    ],
)
def test_another_address_is_none_of_a_post(sandbox: Sandbox, url: str) -> None:
    talk = open_talk(sandbox)
    found = natives(sandbox)
    addresses = [found[sandbox.named(post)].url or "" for post in (talk.first, talk.mention)]
    with pytest.raises(UsageError):
        sandbox.fetch(
            Window(
                "one", url=addresses[1] if url == "theirs" else url.format(addresses[0].rpartition("/")[2])
            )
        )
