"""X's private messages, and the people whom an account blocks and mutes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from infra.sandbox.faces.x.access import media_key, post_id, user_id
from infra.sandbox.model import Post, Video
from recordroom.errors import Blocked, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange, Record
from recordroom.platforms import x
from recordroom.platforms.contract import LISTED_LATE, Window
from recordroom.platforms.x.platform import price
from tests.capture.everywhere.stages import SECRET
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.scripted import Answer
from tests.platforms.x.test_walk import PROBLEMS, sign_in

PLATFORM = "x"
ALL = Window("full", reads_messages=True)
RECENT = Window(
    "recent", since=START - timedelta(days=30), previous_start=START - timedelta(hours=1), reads_messages=True, messages_since=START
)  # fmt: skip
NOT_PERMITTED = {
    "title": "Forbidden",
    "detail": "Not permitted",
    "type": f"{PROBLEMS}/client-forbidden",
    "status": 403,
}
REFUSED = Answer(NOT_PERMITTED, 403)


@pytest.fixture(autouse=True)
def signed_in(sandbox: Sandbox) -> None:
    """Give the client a token of the account itself, for everything that only the account may read."""
    sign_in(sandbox, "dm.read", "block.read", "mute.read")
    sandbox.client.authorize({"token": SECRET, "refresh_token": "another-secret"})
    sandbox.publish()


def say(sandbox: Sandbox, days: float, words: str = "Hello", who: int = 0, **more: Any) -> Post:
    return sandbox.network.message(
        sandbox.others[who], sandbox.us, words, at=START - timedelta(days=days), **more
    )


def records(exchanges: list[Exchange]) -> dict[str, Record]:
    return {record.native_id: record for exchange in exchanges for record in x.parse(exchange)}


def messages(exchanges: list[Exchange]) -> set[str]:
    return {record.native_id for record in records(exchanges).values() if record.kind == "message"}


def ids_of(sent: list[Post]) -> set[str]:
    return set(map(post_id, sent))


def me(sandbox: Sandbox) -> str:
    return user_id(sandbox.network.accounts[sandbox.us])


def moderation(sandbox: Sandbox, exchanges: list[Exchange]) -> Record | None:
    return records(exchanges).get(f"{me(sandbox)}/moderation")


def short(exchanges: list[Exchange]) -> str:
    return next((str(e.context["short"]) for e in reversed(exchanges) if "short" in e.context), "")


def missed(exchanges: list[Exchange]) -> list[str]:
    return [str(e.context["messages_missed"]) for e in exchanges if "messages_missed" in e.context]


# -- messages ---------------------------------------------------------------------------------


def test_messages_are_private_records_with_the_ids_of_the_archive_of_the_account(sandbox: Sandbox) -> None:
    """X's own archive of an account has the same IDs."""
    asked = say(sandbox, 2, "Is school closed? & why")
    answered = sandbox.network.message(sandbox.us, sandbox.others[0], "Yes", at=START - timedelta(days=1.9))
    found = records(sandbox.fetch(ALL))
    other = user_id(sandbox.network.accounts[sandbox.others[0]])
    question, answer = found[post_id(asked)], found[post_id(answered)]
    conversation = f"x:conversations/{me(sandbox)}-{other}"
    assert (question.record_id, question.kind, question.root_id) == (
        f"x:messages/{post_id(asked)}",
        "message",
        conversation,
    )
    assert (question.text, question.visibility, question.author_handle) == (
        "Is school closed? & why",
        "private",
        "parent",
    )
    assert (question.author_is_account, question.mentions, question.parent_id) == (False, [], None)
    assert (answer.author_is_account, answer.mentions) == (True, ["parent"])
    assert question.tally is None


@pytest.mark.parametrize(("sort", "kind"), [("audio", "audio"), ("hologram", "document")])
def test_file_of_an_unknown_sort_spoils_no_message(sandbox: Sandbox, sort: str, kind: str) -> None:
    """X's description mentions audio in messages, and names no sorts."""
    spoken, written = say(sandbox, 2, video=Video(5)), say(sandbox, 1)
    forms: list[dict[str, Any]] = [
        {"content_type": "application/x-mpegURL", "url": "https://video.twimg.com/a.m3u8"}
    ]
    forms += [
        {"content_type": "audio/mp4", "bit_rate": rate, "url": f"https://video.twimg.com/{rate}.m4a"}
        for rate in (64, 32)
    ]

    def change(body: Any) -> Any:
        file = {"media_key": media_key(spoken), "type": sort, "duration_ms": 900, "variants": forms}
        return body | {"includes": body["includes"] | {"media": [file]}}

    with sandbox.transport.meanwhile("/2/dm_events", rewrite_json(change)):
        found = records(sandbox.fetch(ALL))
    record = found[post_id(spoken)]
    assert [(m.identity, m.type, m.url) for m in record.media] == [
        (media_key(spoken), kind, "https://video.twimg.com/64.m4a")
    ]
    assert record.leftover == (() if sort == "audio" else ("includes.media.type.hologram",))
    assert found[post_id(written)].text == "Hello"


def test_messages_are_not_requested_where_the_register_does_not_ask(sandbox: Sandbox) -> None:
    say(sandbox, 1)
    sandbox.fetch()
    assert not [url for url in sandbox.transport.asked if "dm_events" in url]


def test_messages_are_not_requested_after_a_refusal_of_the_posts(sandbox: Sandbox) -> None:
    """X refuses the account then, or its credits have run out."""
    say(sandbox, 1)
    with (
        sandbox.transport.meanwhile("/tweets?", lambda *_: REFUSED.instead()),
        pytest.raises(Blocked),
    ):
        sandbox.fetch(ALL)
    assert not [url for url in sandbox.transport.asked if "dm_events" in url]


def test_full_windows_read_all_and_recent_ones_back_to_the_last_capture(sandbox: Sandbox) -> None:
    old = [say(sandbox, 2 - minute / 1440) for minute in range(250)]
    new = [say(sandbox, minute / 1440) for minute in range(25, 0, -1)]
    assert messages(sandbox.fetch(ALL)) == ids_of([*old, *new])
    sandbox.transport.asked.clear()
    exchanges = sandbox.fetch(RECENT)
    assert ids_of(new) <= messages(exchanges)
    assert len([url for url in sandbox.transport.asked if "dm_events" in url]) == 2
    assert not missed(exchanges)
    assert not missed(sandbox.fetch(replace(RECENT, kind="full")))


def test_first_capture_says_that_there_may_be_older_messages_and_is_no_limit_of_a_list(
    sandbox: Sandbox,
) -> None:
    say(sandbox, 1)
    lost = say(sandbox, 31)
    for window in (ALL, replace(ALL, kind="history"), replace(RECENT, messages_since=None)):
        exchanges = sandbox.fetch(window)
        assert [words[:39] for words in missed(exchanges)] == ["X gives only private messages of the la"]
        assert not short([exchange for exchange in exchanges if "dm_events" in exchange.url])
        assert post_id(lost) not in messages(exchanges)


def test_more_messages_than_x_gives_at_once_are_reported_and_a_history_continues(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recordroom.platforms.x.messages.MAX_REQUESTS", 2)
    sent = [say(sandbox, 3 - minute / 1440) for minute in range(250)]
    exchanges = sandbox.fetch(ALL)
    assert "newest private messages in 2 requests, and has more" in missed(exchanges)[0]
    assert not missed(sandbox.fetch(replace(ALL, messages_since=START - timedelta(days=2)))), (
        "the rest was read before"
    )
    assert messages(exchanges) == ids_of(sent[50:])
    history = sandbox.fetch(replace(ALL, kind="history"))
    assert messages(history) == ids_of(sent)
    assert len(missed(history)) == 1


def test_capture_after_more_than_thirty_days_says_what_is_lost(sandbox: Sandbox) -> None:
    say(sandbox, 1)
    late = replace(RECENT, since=START - timedelta(days=50), messages_since=START - timedelta(days=40))
    assert "messages of the last 30 days, and they were last read on 20" in missed(sandbox.fetch(late))[0]
    assert not missed(sandbox.fetch(replace(late, messages_since=START - timedelta(days=20))))


def test_fetch_that_resumes_after_a_refusal_asks_again(sandbox: Sandbox) -> None:
    sent = say(sandbox, 1)
    sandbox.network.withdraw("x", "dm.read")
    cursor = next(one.cursor for one in sandbox.fetch(ALL) if "messages_refused" in one.context)
    sandbox.network.withdraw("x", "dm.read", withdrawn=False)
    assert messages(sandbox.fetch(replace(ALL, kind="history", cursor=cursor))) == {post_id(sent)}


def test_people_who_join_or_leave_are_no_messages(sandbox: Sandbox) -> None:
    joined, sent = say(sandbox, 1.5), say(sandbox, 1)
    more = {"event_type": "ParticipantsJoin", "participant_ids": [me(sandbox)]}

    def change(body: Any) -> Any:
        return body | {"data": [one | more if one["id"] == post_id(joined) else one for one in body["data"]]}

    with sandbox.transport.meanwhile("/2/dm_events", rewrite_json(change)):
        assert messages(sandbox.fetch(ALL)) == {post_id(sent)}


def test_files_of_messages_are_requested_from_the_api_with_the_token_and_named_as_in_the_archive(
    sandbox: Sandbox,
) -> None:
    """The token goes to no other host."""
    photo = sandbox.network.photo("x", "Snow")
    pictured, filmed = say(sandbox, 2, photos=[photo]), say(sandbox, 1, video=Video(5))
    addresses = {
        "photo": {"url": "https://ton.twitter.com/1.1/ton/data/dm/123/5/oP5p359h.jpg"},
        "video": {
            "variants": [{"content_type": "video/mp4", "url": "https://video.twimg.com/dm_video/6.mp4"}]
        },
    }

    def change(body: Any) -> Any:
        files = [one | addresses[one["type"]] for one in body["includes"]["media"]]
        return body | {"includes": body["includes"] | {"media": files}}

    with sandbox.transport.meanwhile("/2/dm_events", rewrite_json(change)):
        found = records(sandbox.fetch(ALL))
    media = [
        (m.identity, m.url, m.with_token)
        for message in (pictured, filmed)
        for m in found[post_id(message)].media
    ]
    assert media == [
        ("oP5p359h.jpg", "http://api.test/2/dm_conversations/media/123/5/oP5p359h.jpg", True),
        (media_key(filmed), "https://video.twimg.com/dm_video/6.mp4", False),
    ]
    assert found[post_id(pictured)].links == []


@pytest.mark.parametrize("name", [".", ".."])
def test_file_of_a_message_whose_name_would_lead_elsewhere_is_not_requested(
    sandbox: Sandbox, name: str
) -> None:
    """Otherwise the address would be requested with the account's own token."""
    say(sandbox, 1, photos=[sandbox.network.photo("x", "Snow")])
    elsewhere = {"url": f"https://ton.twitter.com/1.1/ton/data/dm/123/5/{name}"}

    def change(body: Any) -> Any:
        return body | {
            "includes": body["includes"] | {"media": [one | elsewhere for one in body["includes"]["media"]]}
        }

    with sandbox.transport.meanwhile("/2/dm_events", rewrite_json(change)):
        exchanges = sandbox.fetch(ALL)
    with pytest.raises(UnexpectedResponse, match="an ID must contain"):
        records(exchanges)


def test_post_that_a_message_passes_on_is_named(sandbox: Sandbox) -> None:
    post = sandbox.publish(days=2)
    sent = say(sandbox, 1, shared=post)
    assert records(sandbox.fetch(ALL))[post_id(sent)].shared_id == f"x:{post_id(post)}"


@pytest.mark.parametrize("answer", [REFUSED, None], ids=["in words of X", "by the scope"])
def test_missing_permission_is_reported_and_the_rest_is_captured(
    sandbox: Sandbox, answer: Answer | None
) -> None:
    if answer:
        sandbox.transport.rules = [("/2/dm_events", answer.instead)]
    else:
        sandbox.network.withdraw("x", "dm.read")
    exchanges = sandbox.fetch(ALL)
    [told] = (one for one in exchanges if "messages_refused" in one.context)
    words = "Not permitted" if answer else "Forbidden"
    expected = f"{words}: required is a token of the account itself with the scope dm.read"
    assert told.context["messages_refused"].startswith(expected)
    assert not list(x.parse(told))
    assert {record.kind for record in records(exchanges).values()} == {"profile", "post"}


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Answer({"title": "Unauthorized"}, 401), TokenExpired),
        (Answer("", 429), Throttled),
        (Answer({"title": "CreditsDepleted"}, 402), Blocked),
    ],
)
def test_other_failures_are_no_refusal_of_messages(
    sandbox: Sandbox, answer: Answer, failure: type[Exception]
) -> None:
    with sandbox.transport.meanwhile("/2/dm_events", answer.instead), pytest.raises(failure):
        sandbox.fetch(ALL)


def page_of_messages(exchanges: list[Exchange]) -> Exchange:
    [page] = (exchange for exchange in exchanges if "dm_events" in exchange.url)
    return page


def test_message_costs_ten_thousandths_of_a_dollar_once_a_day(sandbox: Sandbox) -> None:
    say(sandbox, 0)
    page = page_of_messages(sandbox.fetch(ALL))
    assert price(page) == 10
    again = {**page.context, "paid": (START + timedelta(seconds=1)).isoformat()}
    assert price(replace(page, fetched_at=START, context=again)) == 0


def test_messages_that_were_not_read_with_everything_else_have_their_price(sandbox: Sandbox) -> None:
    say(sandbox, 0.1)
    for since, cost in ((None, 10), (START, 0), (START - timedelta(days=3), 10)):
        page = page_of_messages(sandbox.fetch(replace(RECENT, previous_start=START, messages_since=since)))
        assert price(replace(page, fetched_at=START - LISTED_LATE)) == cost


# -- blocked and muted people -----------------------------------------------------------------


def test_blocked_and_muted_people_are_one_record(sandbox: Sandbox) -> None:
    network, (amy, ben) = sandbox.network, sandbox.others
    for number in range(350):
        network.block(sandbox.us, network.account(f"x/p{number}", f"P {number}").key)
    network.block(sandbox.us, amy)
    network.mute(sandbox.us, ben)
    record = moderation(sandbox, sandbox.fetch(ALL))
    assert record is not None
    expected = (f"x:{me(sandbox)}/moderation", "profile", "Moderation", "private")
    assert (record.record_id, record.kind, record.title, record.visibility) == expected
    lines = (record.text or "").splitlines()
    assert len(lines) == 352
    assert {"blocked: @parent (Parent)", "muted: @teacher (Teacher)"} <= set(lines)


def test_empty_lists_of_people_are_a_record_and_a_refusal_is_none(sandbox: Sandbox) -> None:
    record = moderation(sandbox, sandbox.fetch(ALL))
    assert record is not None
    assert record.text == ""
    sandbox.network.block(sandbox.us, sandbox.others[0])
    sandbox.network.withdraw("x", "mute.read")
    exchanges = sandbox.fetch(ALL)
    assert moderation(sandbox, exchanges) is None
    assert "X does not give the lists of people whom the account blocks and mutes" in short(exchanges)


def test_more_people_than_x_lists_in_a_quarter_of_an_hour_end_no_sweep(sandbox: Sandbox) -> None:
    sent = say(sandbox, 1)
    limit = Answer({"title": "Too Many Requests"}, 429)
    with sandbox.transport.meanwhile("/blocking", limit.instead):
        exchanges = sandbox.fetch(ALL)
    assert messages(exchanges) == {post_id(sent)}
    assert moderation(sandbox, exchanges) is None
    assert "X does not give the lists of people whom the account blocks and mutes (HTTP 429)" in short(
        exchanges
    )
    capped = Answer({"title": "UsageCapExceeded", "type": f"{PROBLEMS}/usage-capped"}, 429)
    with sandbox.transport.meanwhile("/blocking", capped.instead), pytest.raises(Throttled):
        sandbox.fetch(ALL)


def test_blocked_people_are_requested_with_a_token_of_a_person_by_full_windows_only(sandbox: Sandbox) -> None:
    assert moderation(sandbox, sandbox.fetch(RECENT)) is None
    sandbox.client.authorize({"token": SECRET})
    assert moderation(sandbox, sandbox.fetch(ALL)) is None
    assert not [url for url in sandbox.transport.asked if "blocking" in url]


def test_saved_list_of_people_is_known_by_its_address() -> None:
    person = {"id": "200", "name": "Amy", "username": "amy"}
    body = json.dumps({"data": [person], "meta": {"result_count": 1}}).encode()
    [record] = x.parse(x.saved(body, "https://api.x.com/2/users/100/muting?max_results=100", None))
    assert (record.record_id, record.text) == ("x:100/moderation", "muted: @amy (Amy)")
