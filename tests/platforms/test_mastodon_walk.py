"""Mastodon against a small instance of made-up statuses that keeps the real one's limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest

from recordroom.model import Absence, Exchange
from recordroom.platforms import Known, Window, mastodon
from tests.platforms.instance import AMY, DISTRICT, ME, SERVER, START, Instance, Private, record_id, records_of, thread
from tests.platforms.scripted import Answer, Chosen, Scripted


@pytest.mark.parametrize("window", [Window("full"), Window("history"), Window("recent", since=START)])
def test_a_conversation_beyond_the_limits_of_a_context_is_walked_to_its_end(window: Window) -> None:
    instance = Instance()
    instance.add(1)
    thread(instance, 1, range(100, 150), 50)  # deeper than 20
    thread(instance, 1, range(200, 230), 10)  # 80 in all, which is more than 60
    found = records_of(Scripted(instance), window)
    assert set(found) == {record_id(n) for n in instance.statuses} | {f"mastodon:{SERVER}/accounts/{ME}"}
    assert [found[record_id(n)].kind for n in (1, 100, 101, 149, 210)] == ["post", "comment", "reply", "reply", "comment"]
    assert {r.root_id for r in found.values() if r.kind != "profile"} == {record_id(1)}
    assert found[record_id(1)].counts == {"likes": 0, "shares": 0, "comments": 4}


class Held(Chosen):
    """A Plan of which this is held: record -> (kind, parent, root)."""

    held: Mapping[str, tuple[str, str | None, str]] = MappingProxyType({})

    def known(self, record_id: str, *, anywhere: bool = False) -> Known | None:  # noqa: ARG002 (it is of the window)
        found = self.held.get(record_id)
        return Known(record_id, record_id.rpartition("/")[2], *found) if found else None


@pytest.mark.parametrize("kind", ["full", "history", "recent"])
@pytest.mark.parametrize("is_held", [False, True])
def test_what_answers_an_answer_of_ours_that_a_context_does_not_reach_is_read(kind: str, *, is_held: bool) -> None:
    instance, plan = Instance(), Held(lambda _: True)
    thread(instance, instance.add(1), range(100, 170), 1)  # more than the 60 that anybody is shown
    instance.add(201, AMY, instance.add(200, ME, 169))
    instance.add(203, AMY, instance.add(202, ME, 100))
    if is_held:
        answers = {record_id(n): ("reply", record_id(parent), record_id(1)) for n, parent in ((200, 169), (202, 100))}
        plan.held = {record_id(1): ("post", None, record_id(1)), **answers}
    window, client = Window(kind, since=START, plan=plan), Scripted(instance)
    found = records_of(client, window)
    assert [(found[record_id(n)].kind, found[record_id(n)].root_id) for n in (200, 201, 203)] == [("reply", record_id(1))] * 3
    contexts = [url for url in client.asked if "/context" in url]
    below = [0, 1] if is_held and kind == "recent" else [1, 0]  # by a sweep what it answers is read, with all below
    assert [sum(f"/{n}/" in url for url in contexts) for n in (1, 169, 200, 202)] == [1, *below, 0], (
        "what a conversation shows is not asked for again"
    )
    plan.wanted = lambda _: False
    unwanted = Scripted(instance)
    records_of(unwanted, window)
    assert not is_held or not [url for url in unwanted.asked if "/context" in url]


@pytest.mark.parametrize("kind", ["full", "history", "recent"])
@pytest.mark.parametrize("is_held", [False, True])  # our answers, by a capture that ended before it looked at what they answer
def test_what_our_answers_answer_beyond_the_limits_of_a_context_is_read_with_all_below_it(kind: str, *, is_held: bool) -> None:
    instance, plan = Instance(), Held(lambda _: True)
    thread(instance, instance.add(1), range(100, 170), 1)  # more than the 60 that anybody is shown
    for number, above in ((180, 165), (181, 180), (182, 169), (183, 182), (184, 100)):
        instance.add(number, AMY, above)
    for number, above in ((200, 181), (201, 183), (202, 184)):
        instance.add(number, ME, above)
    if is_held and kind != "recent":  # which leaves them to a sweep
        plan.held = {record_id(1): ("post", None, record_id(1))}
        plan.held |= {record_id(n): ("reply", record_id(a), record_id(1)) for n, a in ((200, 181), (201, 183), (202, 184))}
    client = Scripted(instance)
    found = records_of(client, Window(kind, since=START, plan=plan))
    told = [(found[record_id(n)].kind, found[record_id(n)].parent_id, found[record_id(n)].root_id) for n in (165, 169, 180, 183)]
    replies = [("reply", record_id(n), record_id(1)) for n in (165, 182)]
    assert told == [*[("comment", record_id(1), record_id(1))] * 2, *replies]
    assert {record_id(n) for n in (181, 182, 184)} <= set(found)
    contexts = [int(url.split("/")[-2]) for url in client.asked if "/context" in url]
    again = [181, 183] if is_held and kind != "recent" else []  # from which the way up begins, since nothing else is known
    assert sorted(contexts) == [1, 165, 169, *again], "what a conversation shows is not asked for again"


def test_what_our_answers_answer_is_asked_for_once_also_where_no_conversation_shows_it() -> None:
    """As a chain of answers each of which stands behind 60 others, or answers for some only, which nobody counts."""
    instance, above = Instance(), 1
    instance.add(1)
    for number in range(100, 110):
        above = instance.add(number, AMY, above)
        instance.answers[f"/api/v1/statuses/{number}/context"] = Answer({"ancestors": [], "descendants": []})
    instance.add(200, ME, above)
    instance.answers["/api/v1/statuses/1/context"] = Answer({"ancestors": [], "descendants": []})
    client = Scripted(instance)
    assert {record_id(n) for n in (*range(100, 110), 200)} <= set(records_of(client, Window("full")))
    contexts = [url for url in client.asked if "/context" in url]
    assert len(contexts) == len(set(contexts)) == 11


def test_what_our_answers_answer_and_the_instance_fails_to_give_is_a_part_of_its_conversation() -> None:
    """It is due again, and nothing follows from what is not seen of it."""
    instance, plan = Instance(), Chosen(lambda _: True)
    thread(instance, instance.add(1), range(100, 170), 1)
    instance.add(200, ME, 165)
    times = list[str]()

    def answer(url: str) -> Answer:
        times.extend([url] if "id%5B%5D=165" in url else [])
        return Answer({"error": "It cannot be given"}, 500) if len(times) == 2 else instance(url)  # climbing sees it

    assert record_id(165) not in records_of(Scripted(answer), Window("full", plan=plan))
    assert plan.left == [record_id(1)]


@pytest.mark.parametrize("secrets", [{}, {"token": "tolkien"}])
def test_what_our_answers_answer_is_captured_where_no_list_shows_its_author(secrets: dict[str, str]) -> None:
    instance = Instance(limited={"300"})
    thread(instance, instance.add(1), range(100, 170), 1)
    instance.add(200, ME, instance.add(180, "300", 1))
    found = records_of(Scripted(instance, secrets=secrets), Window("full"))
    assert (found[record_id(180)].kind, found[record_id(180)].root_id, found[record_id(200)].kind) == ("comment", record_id(1), "reply")


@pytest.mark.parametrize("claim", ["0000-12-31T10:00:00.000Z", "-0044-03-15T12:00:00.000Z", "10000-01-01T00:00:00.000Z"])
def test_a_time_that_no_calendar_has_makes_no_conversation_unreadable(claim: str) -> None:
    """As another server's status says it, and an instance passes it on."""
    instance = Instance()
    top = instance.add(1)
    instance.add(2, AMY, top, created_at=claim)
    instance.add(3, AMY, top, edited_at=claim)
    instance.named(4, created_at=claim)
    instance.whisper(5, created_at=claim)
    client = Scripted(instance, secrets={"token": "tolkien"})
    window = Window("recent", since=START, messages=True, messages_since=START)
    records = [r for e in mastodon.fetch(DISTRICT, window, client) for r in mastodon.parse(e)]
    found = {r.record_id: r for r in records if not r.historical}
    assert {record_id(n): found[record_id(n)].published_at for n in (2, 4, 5)} == dict.fromkeys(map(record_id, (2, 4, 5)))
    assert (found[record_id(2)].valid_from, found[record_id(2)].leftover) == (None, ("created_at: no date",))
    edited = found[record_id(3)]
    assert (edited.published_at, edited.edited_at, edited.leftover) == (START + timedelta(hours=3), None, ("edited_at: no date",))
    states = [(r.text, r.valid_from) for r in records if r.historical and r.record_id == record_id(3)]
    assert states == [("as it was first", START + timedelta(hours=3))], "what stands there now is known"


def test_no_context_is_asked_for_twice() -> None:
    instance = Instance(hidden={103})
    instance.add(1)
    thread(instance, 1, range(100, 160), 4)
    client = Scripted(instance)
    found = records_of(client, Window("full"))
    asked = [u for u in client.asked if "/context" in u]
    assert len(asked) == len(set(asked))
    assert record_id(103) not in found
    assert record_id(159) in found


def test_with_a_token_conversations_without_counted_answers_are_asked_for_too() -> None:
    instance = Instance(limit=4096, depth=4096)
    instance.add(1)
    client = Scripted(instance, secrets={"token": "tolkien"})
    records_of(client, Window("full"))
    assert any(u.endswith("/statuses/1/context") for u in client.asked)
    assert all(h == {"Authorization": "Bearer tolkien"} for h in client.sent)
    assert not any("tolkien" in u for u in client.asked)
    client = Scripted(instance)
    records_of(client, Window("full"))
    assert not any("/context" in u for u in client.asked)


@pytest.mark.parametrize(("kind", "all_told"), [("recent", True), ("full", False), ("history", False)])
def test_a_capture_of_the_last_days_takes_a_post_at_its_word_that_counts_no_answers(kind: str, *, all_told: bool) -> None:
    """It is asked for answers for some only at its turn, within hours, an answer to others in sweeps. With all of them every 45 minutes,
    or at each capture, an account that says much used up what its instance allows, and no capture came to its end."""
    instance, plan = Instance(), Chosen(lambda _: True)
    instance.add(1)
    instance.add(3, AMY, instance.add(2))
    instance.add(11, ME, instance.add(10, AMY))
    instance.add(22, AMY, instance.add(21, ME, instance.add(20, AMY)))
    client = Scripted(instance, secrets={"token": "tolkien"})
    records_of(client, Window(kind, since=START, plan=plan))
    assert plan.asked == {record_id(1): (0, all_told), record_id(2): (1, False)}
    contexts = [n for n in (1, 2, 11, 21) if any(url.endswith(f"/statuses/{n}/context") for url in client.asked)]
    assert contexts == ([1, 2, 21] if kind == "recent" else [1, 2, 11, 21])


def test_pages_are_read_to_the_end_and_a_recent_window_stops() -> None:
    instance = Instance()
    for number in range(1, 101):
        instance.add(number)
    assert len(records_of(Scripted(instance), Window("full"))) == 101
    client = Scripted(instance)
    found = records_of(client, Window("recent", since=START + timedelta(hours=90)))
    assert record_id(90) in found
    assert len(client.asked) == 2  # the profile and one page
    assert len(records_of(Scripted(Instance()), Window("full"))) == 1


def test_answers_of_ours_are_placed_in_the_conversation_they_belong_to() -> None:
    instance = Instance()
    instance.add(1)
    instance.add(2, AMY, 1)
    instance.add(3, ME, 2)  # in our own conversation
    instance.add(10, AMY)
    instance.add(11, "300", 10)
    instance.add(12, ME, 11)  # in another one
    instance.add(13, AMY, 12)
    instance.add(14, ME, 13)
    instance.add(20, ME, None, in_reply_to_account_id=AMY)  # what it answered has vanished
    instance.add(30, AMY)
    instance.add(31, ME, 30)
    instance.hidden |= {30}  # and here only the author is still told
    found = records_of(Scripted(instance), Window("full"))
    placed = {n: (r.kind, r.parent_id, r.root_id) for n in instance.statuses if (r := found.get(record_id(n)))}
    assert placed == {
        1: ("post", None, record_id(1)),
        2: ("comment", record_id(1), record_id(1)),
        3: ("reply", record_id(2), record_id(1)),
        12: ("post", record_id(11), record_id(10)),
        13: ("comment", record_id(12), record_id(10)),
        14: ("post", record_id(13), record_id(10)),
        20: ("post", None, record_id(20)),
        31: ("post", record_id(30), record_id(30)),
    }


def test_a_recent_answer_in_an_old_conversation_of_ours_brings_what_answers_it() -> None:
    instance = Instance()
    instance.add(1)
    instance.add(2, AMY, 1)
    instance.add(500, ME, 2)
    instance.add(501, AMY, 500)
    client = Scripted(instance)
    found = records_of(client, Window("recent", since=START + timedelta(hours=400)))
    assert {n: found[record_id(n)].kind for n in (500, 501)} == {500: "reply", 501: "reply"}
    assert found[record_id(501)].root_id == record_id(1)


@pytest.mark.parametrize("kind", ["full", "recent", "one"])
def test_a_fetch_goes_on_from_any_exchange(kind: str) -> None:
    instance = Instance()
    for number in range(1, 90, 2):
        instance.add(number, edited_at=(START + timedelta(days=40)).isoformat() if number % 5 == 0 else None)
    thread(instance, 89, range(100, 170), 35)
    instance.add(200, ME, 120)
    instance.add(300, AMY)
    instance.add(301, ME, 300)
    instance.add(302, AMY, 301)
    window = Window(kind, since=START, url=f"https://{SERVER}/@fircrest/89")
    exchanges = list(mastodon.fetch(DISTRICT, window, Scripted(instance)))
    whole = [{r.record_id for r in mastodon.parse(e)} for e in exchanges]
    for at, exchange in enumerate(exchanges):
        assert exchange.cursor is not None
        rest = {
            r.record_id
            for e in mastodon.fetch(DISTRICT, replace(window, cursor=exchange.cursor), Scripted(instance))
            for r in mastodon.parse(e)
        }
        assert set().union(*whole) == rest.union(*whole[: at + 1])


@pytest.mark.parametrize("window", [Window("full"), Window("history"), Window("recent", since=START)])
def test_answers_of_those_whom_the_account_mutes_are_read_as_everybody_sees_them(window: Window) -> None:
    instance = Private(limit=4096, depth=4096)
    top = instance.add(1)
    muted, other = instance.add(2, AMY, top), instance.add(3, "300", top)
    below = instance.add(4, AMY, other)
    under = instance.add(5, "300", muted)
    plan = Chosen(lambda _: True)
    told = list(mastodon.fetch(DISTRICT, replace(window, plan=plan), instance.client))
    assert all(e.request_headers for e in told), "nothing is asked for twice where nobody is muted"
    instance.muted.add(AMY)
    exchanges = list(mastodon.fetch(DISTRICT, replace(window, plan=plan), instance.client))
    found = {r.native_id: (r.kind, r.status) for e in exchanges for r in mastodon.parse(e)}
    assert {n: found[str(n)] for n in (muted, other, below, under)} == {
        muted: ("comment", "visible"), other: ("comment", "visible"), below: ("reply", "visible"), under: ("reply", "visible"),
    }  # fmt: skip
    for at, exchange in enumerate(exchanges):  # wherever it was interrupted
        rest = mastodon.fetch(DISTRICT, replace(window, cursor=exchange.cursor, plan=plan), instance.client)
        ids = {r.native_id for e in (*exchanges[: at + 1], *rest) for r in mastodon.parse(e)}
        assert {"2", "3", "4", "5"} <= ids
    assert plan.whole.count(record_id(top)) >= 2

    instance.closed = True
    found = {r.native_id: (r.kind, r.status) for e in mastodon.fetch(DISTRICT, window, instance.client) for r in mastodon.parse(e)}
    assert {str(muted), str(below)}.isdisjoint(found), "an instance that tells nobody else anything"


def test_an_answer_to_somebody_whom_the_account_mutes_has_its_place_in_the_conversation() -> None:
    instance = Private(muted={AMY})
    answer = instance.add(500, ME, instance.add(2, AMY, instance.add(1)))
    window = Window("recent", since=START + timedelta(hours=400))  # what stands above is older
    found = {r.native_id: r for e in mastodon.fetch(DISTRICT, window, instance.client) for r in mastodon.parse(e)}
    record = found[str(answer)]
    assert (record.kind, record.parent_id, record.root_id) == ("reply", record_id(2), record_id(1))


def test_what_the_account_alone_is_not_shown_has_not_gone() -> None:
    instance = Private(muted={AMY})
    instance.add(2, AMY, instance.add(1))
    known = [Known(record_id(n), str(n), "comment", record_id(1), record_id(1), visibility=lambda: "public") for n in (2, 3)]
    found = list(mastodon.lookup(DISTRICT, known, instance.client))
    [record] = [r for e in found if isinstance(e, Exchange) for r in mastodon.parse(e)]
    assert (record.native_id, record.kind, record.parent_id, record.status) == ("2", "comment", record_id(1), "visible")
    assert [a.record_id for a in found if isinstance(a, Absence)] == [record_id(3)]
    instance.closed = True
    assert [a.record_id for a in mastodon.lookup(DISTRICT, known, instance.client) if isinstance(a, Absence)] == [
        record_id(2),
        record_id(3),
    ]
