"""X's private messages, and whom an account blocks and mutes, against the small network of made-up posts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recordroom.errors import Blocked, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange, Record
from recordroom.platforms import LATE, Window, x
from recordroom.platforms.x import inbox
from recordroom.platforms.x.price import price
from tests.platforms.scripted import Answer, Scripted
from tests.platforms.x_net import AMY, BEN, DISTRICT, ME, NAMES, NOW, PROBLEMS, TOKEN, Net

OURS = {**TOKEN, "refresh_token": "another"}
ALL = Window("full", messages=True)
RECENT = Window("recent", since=NOW - timedelta(days=30), before=NOW - timedelta(hours=1), messages=True, messages_since=NOW)
REFUSED = Answer({"title": "Forbidden", "detail": "Not permitted", "type": f"{PROBLEMS}/client-forbidden", "status": 403}, 403)


def fetched(net: Net, window: Window = ALL, client: Scripted | None = None) -> list[Exchange]:
    return list(x.fetch(DISTRICT, window, client or Scripted(net, OURS)))


def records(exchanges: list[Exchange]) -> dict[str, Record]:
    return {r.native_id: r for e in exchanges for r in x.parse(e)}


def short(exchanges: list[Exchange]) -> str:
    return next((str(e.context["short"]) for e in reversed(exchanges) if "short" in e.context), "")


def missed(exchanges: list[Exchange]) -> list[str]:
    return [str(e.context["messages_missed"]) for e in exchanges if "messages_missed" in e.context]


@pytest.fixture
def net() -> Net:
    net = Net()
    net.add(1)
    return net


# -- messages --------------------------------------------------------------------------------------------------------------------


def test_messages_are_private_records_with_the_ids_of_the_accounts_own_archive(net: Net) -> None:
    asked, answered = net.say(2, text="Is school closed? &amp; why"), net.say(1.9, ME)
    found = records(fetched(net))
    assert (found[asked].record_id, found[asked].kind, found[asked].root_id) == (
        f"x:messages/{asked}",
        "message",
        f"x:conversations/{ME}-{AMY}",
    )
    assert (found[asked].text, found[asked].visibility, found[asked].author_handle) == ("Is school closed? & why", "private", "amy")
    assert (found[asked].author_is_account, found[asked].mentions, found[asked].parent_id) == (False, [], None)
    assert (found[answered].author_is_account, found[answered].mentions) == (True, ["amy"])
    assert found[asked].tally is None


@pytest.mark.parametrize(("sort", "kind"), [("audio", "audio"), ("hologram", "document")])
def test_a_file_of_another_sort_spoils_no_message(net: Net, sort: str, kind: str) -> None:
    """X's description speaks of audio in messages, and names no sorts."""
    forms: list[dict[str, Any]] = [{"content_type": "application/x-mpegURL", "url": "https://video.twimg.com/a.m3u8"}]
    forms += [{"content_type": "audio/mp4", "bit_rate": rate, "url": f"https://video.twimg.com/{rate}.m4a"} for rate in (64, 32)]
    net.media["16_9"] = {"media_key": "16_9", "type": sort, "duration_ms": 900, "variants": forms}
    spoken, written = net.say(2, attachments={"media_keys": ["16_9"]}), net.say(1)
    found = records(fetched(net))
    assert [(m.identity, m.type, m.url) for m in found[spoken].media] == [("16_9", kind, "https://video.twimg.com/64.m4a")]
    assert found[spoken].leftover == (() if sort == "audio" else ("includes.media.type.hologram",))
    assert found[written].text == "message 2"


def test_nothing_is_asked_where_the_register_does_not_ask(net: Net) -> None:
    net.say(1)
    client = Scripted(net, OURS)
    fetched(net, Window("full"), client)
    assert not [url for url in client.asked if "dm_events" in url]


def test_whole_windows_read_all_and_recent_ones_back_to_the_last_capture(net: Net) -> None:
    for minute in range(250):
        net.say(2 - minute / 1440)
    new = [net.say(minute / 1440) for minute in range(25, 0, -1)]
    assert len([r for r in records(fetched(net)).values() if r.kind == "message"]) == 275
    client = Scripted(net, OURS)
    assert set(new) <= records(fetched(net, RECENT, client)).keys()
    assert len([url for url in client.asked if "dm_events" in url]) == 2
    assert not missed(fetched(net, RECENT))
    assert not missed(fetched(net, replace(RECENT, kind="full")))


def test_a_first_reading_says_that_there_may_be_older_ones_and_is_no_limit_of_a_list(net: Net) -> None:
    net.say(1)
    for window in (ALL, replace(ALL, kind="history"), replace(RECENT, messages_since=None)):
        assert [words[:39] for words in missed(fetched(net, window))] == ["X gives private messages of 30 days, an"]
        assert not short(fetched(net, window))


def test_more_messages_than_x_gives_at_once_are_told_and_a_history_goes_on(net: Net) -> None:
    for minute in range(100 * inbox.REQUESTS + 50):
        net.say(3 - minute / 1440)
    exchanges = fetched(net)
    assert "14 requests its newest private messages, and has more than these" in missed(exchanges)[0]
    assert not missed(fetched(net, replace(ALL, messages_since=NOW - timedelta(days=2))))  # the rest was read before
    assert len([r for r in records(exchanges).values() if r.kind == "message"]) == 100 * inbox.REQUESTS
    history = fetched(net, replace(ALL, kind="history"))
    assert len([r for r in records(history).values() if r.kind == "message"]) == 100 * inbox.REQUESTS + 50
    assert len(missed(history)) == 1


def test_a_capture_after_more_than_thirty_days_says_what_is_lost(net: Net) -> None:
    net.say(1)
    late = replace(RECENT, since=NOW - timedelta(days=50), messages_since=NOW - timedelta(days=40))
    assert "X gives private messages of 30 days, and none were read before 20" in missed(fetched(net, late))[0]
    assert not missed(fetched(net, replace(late, messages_since=NOW - timedelta(days=20))))


def test_whoever_goes_on_after_a_refusal_asks_again(net: Net) -> None:
    native, net.answers["/2/dm_events"] = net.say(1), REFUSED
    cursor = next(e.cursor for e in fetched(net) if "messages_refused" in e.context)
    net.answers.clear()
    assert native in records(fetched(net, replace(ALL, kind="history", cursor=cursor)))


def test_who_joins_or_leaves_says_nothing(net: Net) -> None:
    native = net.say(1.5, event_type="ParticipantsJoin", participant_ids=[BEN])
    assert native not in records(fetched(net))


def test_files_of_messages_are_asked_of_the_api_alone_with_the_token_and_named_as_in_the_archive(net: Net) -> None:
    net.media["3_5"] = {"media_key": "3_5", "type": "photo", "url": "https://ton.twitter.com/1.1/ton/data/dm/123/5/oP5p359h.jpg"}
    net.media["7_6"] = {
        "media_key": "7_6",
        "type": "video",
        "variants": [{"content_type": "video/mp4", "url": "https://video.twimg.com/dm_video/6.mp4"}],
    }
    link = {"start": 0, "end": 9, "url": "https://t.co/a", "expanded_url": "https://twitter.com/messages/media/123"}
    native = net.say(1, attachments={"media_keys": ["3_5", "7_6"]}, entities={"urls": [link]})
    record = records(fetched(net))[native]
    assert [(m.identity, m.url, m.with_token) for m in record.media] == [
        ("oP5p359h.jpg", "https://api.x.com/2/dm_conversations/media/123/5/oP5p359h.jpg", True),
        ("7_6", "https://video.twimg.com/dm_video/6.mp4", False),
    ]
    assert record.links == []


@pytest.mark.parametrize("name", [".", ".."])
def test_a_file_of_a_message_whose_name_would_lead_elsewhere_is_not_asked_for(net: Net, name: str) -> None:
    """With the account's own token."""
    net.media["3_5"] = {"media_key": "3_5", "type": "photo", "url": f"https://ton.twitter.com/1.1/ton/data/dm/123/5/{name}"}
    net.say(1, attachments={"media_keys": ["3_5"]})
    with pytest.raises(UnexpectedResponse, match="an id must be"):
        records(fetched(net))


def test_a_post_that_is_passed_on_is_named(net: Net) -> None:
    native = net.say(1, referenced_posts=[{"id": "77"}])
    assert records(fetched(net))[native].shared_id == "x:77"


def test_without_the_permission_the_rest_is_captured_and_it_is_told(net: Net) -> None:
    net.answers["/2/dm_events"] = REFUSED
    exchanges = fetched(net)
    [told] = (e for e in exchanges if "messages_refused" in e.context)
    assert told.context["messages_refused"].startswith("Not permitted: needed is a token of the account itself with the scope dm.read")
    assert not list(x.parse(told))
    assert {r.kind for r in records(exchanges).values()} == {"profile", "post"}


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Answer({"title": "Unauthorized"}, 401), TokenExpired),
        (Answer("", 429), Throttled),
        (Answer({"title": "CreditsDepleted"}, 402), Blocked),
    ],
)
def test_what_is_no_refusal_of_messages_is_a_failure(net: Net, answer: Answer, failure: type[Exception]) -> None:
    net.answers["/2/dm_events"] = answer
    with pytest.raises(failure):
        fetched(net)


def test_a_message_costs_ten_thousandths_of_a_dollar_each_and_on_one_day_once(net: Net) -> None:
    net.say(0)
    [page] = (e for e in fetched(net) if "dm_events" in e.url)
    assert price(page) == 10
    again = replace(page, fetched_at=NOW, context={**page.context, "paid": (NOW + timedelta(seconds=1)).isoformat()})
    assert price(again) == 0


def test_messages_that_were_not_read_when_all_else_was_cost_what_they_cost(net: Net) -> None:
    net.say(0.1)
    for since, cost in ((None, 10), (NOW, 0), (NOW - timedelta(days=3), 10)):
        [page] = (e for e in fetched(net, replace(RECENT, before=NOW, messages_since=since)) if "dm_events" in e.url)
        assert price(replace(page, fetched_at=NOW - LATE)) == cost


# -- blocked and muted people ----------------------------------------------------------------------------------------------------


def _person(native: str) -> dict[str, str]:
    return {"id": native, "name": NAMES[native].title(), "username": NAMES[native]}


def test_blocked_and_muted_people_are_one_record(net: Net) -> None:
    many = [{"id": str(n), "name": f"P {n}", "username": f"p{n}"} for n in range(1000, 1350)]
    net.people = {"blocking": [*many, _person(AMY)], "muting": [_person(BEN)]}
    found = records(fetched(net))["100/moderation"]
    assert (found.record_id, found.kind, found.title, found.visibility) == ("x:100/moderation", "profile", "Moderation", "private")
    lines = (found.text or "").splitlines()
    assert len(lines) == 352
    assert {"blocked: @amy (Amy)", "muted: @ben (Ben)"} <= set(lines)


def test_nobody_blocked_is_a_record_and_a_refusal_is_none(net: Net) -> None:
    assert records(fetched(net))["100/moderation"].text == ""
    net.people = {"blocking": [_person(AMY)]}
    net.answers[f"/2/users/{ME}/muting"] = REFUSED
    exchanges = fetched(net)
    assert "100/moderation" not in records(exchanges)
    assert "X does not give whom the account blocks and mutes" in short(exchanges)


def test_more_people_than_x_lists_in_a_quarter_of_an_hour_end_no_sweep(net: Net) -> None:
    said = net.say(1)
    net.answers[f"/2/users/{ME}/blocking"] = Answer({"title": "Too Many Requests"}, 429)
    exchanges = fetched(net)
    assert said in records(exchanges)
    assert "100/moderation" not in records(exchanges)
    assert "X does not give whom the account blocks and mutes (HTTP 429)" in short(exchanges)
    net.answers[f"/2/users/{ME}/blocking"] = Answer({"title": "UsageCapExceeded", "type": f"{PROBLEMS}/usage-capped"}, 429)
    with pytest.raises(Throttled):
        fetched(net)


def test_blocked_people_are_asked_of_a_person_s_token_by_whole_windows_only(net: Net) -> None:
    for client, window in ((Scripted(net, TOKEN), ALL), (Scripted(net, OURS), RECENT)):
        assert "100/moderation" not in records(fetched(net, window, client))
        assert not [url for url in client.asked if "blocking" in url]


def test_a_saved_list_of_people_is_known_by_its_address() -> None:
    body = json.dumps({"data": [_person(AMY)], "meta": {"result_count": 1}}).encode()
    [record] = x.parse(x.saved(body, "https://api.x.com/2/users/100/muting?max_results=100", None))
    assert (record.record_id, record.text) == ("x:100/moderation", "muted: @amy (Amy)")
