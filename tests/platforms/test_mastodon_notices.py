"""Who names or quotes an account on Mastodon and answers nothing of it, against a small instance of made-up statuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from recordroom.model import UNAVAILABLE, Exchange, Record
from recordroom.platforms import Known, Window, mastodon
from tests.platforms.instance import AMY, DISTRICT, ME, START, Instance, record_id
from tests.platforms.scripted import Answer, Chosen, Scripted, asked_for

BEN = "300"
TOKEN = {"token": "ours"}
FULL, RECENT = Window("full"), Window("recent", since=START + timedelta(hours=50))


def fetched(client: Scripted, window: Window = FULL) -> list[Exchange]:
    return list(mastodon.fetch(DISTRICT, window, client))


def records(exchanges: list[Exchange]) -> dict[str, Record]:
    return {r.native_id: r for e in exchanges for r in mastodon.parse(e) if not r.historical}


@pytest.fixture
def instance() -> Instance:
    """A post of ours that somebody answers; a mention, a quote, a mention in a conversation of others, and a private one."""
    instance = Instance()
    instance.add(60)
    instance.named(61, AMY, 60)
    instance.add(62, AMY, 61)
    instance.named(70, AMY)
    instance.add(71, BEN, quote={"state": "accepted", "quoted_status": instance.seen(60)})
    instance.add(72, BEN)
    instance.named(73, AMY, 72)
    instance.whisper(74)
    instance.add(75, BEN, 70)
    instance.add(76, BEN, 73)
    return instance


@pytest.mark.parametrize("window", [FULL, RECENT, Window("history")])
def test_mentions_and_quotes_are_read_where_they_answer_nothing_of_ours(instance: Instance, window: Window) -> None:
    client = Scripted(instance, TOKEN)
    exchanges = fetched(client, window)
    found = records(exchanges)
    placed = {n: (r.kind, r.parent_id, r.root_id, r.author_is_account) for n, r in found.items() if n in ("70", "71", "73")}
    assert placed == {
        "70": ("comment", None, record_id(70), False),
        "71": ("comment", None, record_id(71), False),
        "73": ("reply", record_id(72), record_id(72), False),
    }
    assert (found["71"].shared_id, found["61"].kind, found["62"].kind) == (record_id(60), "comment", "reply")
    assert "72" not in found
    assert not [n for n in placed if "comments" in (found[n].counts or {})], "what answers them is not read, so not compared"
    assert not [e for e in exchanges if "short" in e.context]
    [asked] = (url for url in client.asked if "/notifications" in url and "max_id" not in url)
    assert "include_filtered=true" in asked


def test_a_notice_of_a_type_that_nobody_knows_is_read_and_told(instance: Instance) -> None:
    def renamed(url: str) -> Answer:
        answer = instance(url)
        if "/notifications" not in url:
            return answer
        told = [{**one, "type": {"quote": "quote_of"}.get(one["type"], one["type"])} for one in answer.body]
        new = {"id": "9", "type": "status", "created_at": START.isoformat(), "status": instance.seen(72)}
        return replace(answer, body=[*told, new])

    found = records(list(mastodon.fetch(DISTRICT, FULL, Scripted(renamed, TOKEN))))
    assert (found["71"].shared_id, found["71"].leftover) == (record_id(60), ("notification.type.quote_of",))
    assert found["73"].leftover == ()
    assert "72" not in found, "what is told by a known type that names nobody"


def test_a_private_mention_comes_neither_as_a_record_nor_into_the_evidence(instance: Instance) -> None:
    exchanges = fetched(Scripted(instance, TOKEN))
    assert "74" not in records(exchanges)
    assert not [e for e in exchanges if b"status 74" in e.body]


def test_what_answers_us_is_asked_for_once_and_its_place_is_that_of_its_conversation(instance: Instance) -> None:
    exchanges = fetched(Scripted(instance, TOKEN))
    assert sum(r.native_id == "61" for e in exchanges for r in mastodon.parse(e)) == 1


@pytest.mark.parametrize("kind", ["full", "history"])
def test_many_mentions_are_read_to_their_end_from_any_exchange(kind: str) -> None:
    instance = Instance()
    for number in range(100, 300):
        instance.named(number)
    exchanges = fetched(Scripted(instance, TOKEN), Window(kind))
    assert len(records(exchanges)) >= 200
    parts = [{r.record_id for r in mastodon.parse(e)} for e in exchanges]
    for number, exchange in enumerate(exchanges):
        rest = {r.record_id for e in fetched(Scripted(instance, TOKEN), Window(kind, cursor=exchange.cursor)) for r in mastodon.parse(e)}
        assert set[str]().union(*parts) == rest.union(*parts[: number + 1])


def test_the_last_days_are_read_no_further_back_than_they_reach() -> None:
    instance = Instance()
    for number in range(100, 400):
        instance.named(number)
    client = Scripted(instance, TOKEN)
    found = records(fetched(client, Window("recent", since=START + timedelta(hours=330))))
    assert {str(n) for n in range(330, 400)} <= found.keys()
    assert len([url for url in client.asked if "/notifications" in url]) == 1


def test_an_edited_mention_comes_with_its_history(instance: Instance) -> None:
    instance.named(80, edited_at="2026-11-20T00:00:00Z")
    found = [r for e in fetched(Scripted(instance, TOKEN)) for r in mastodon.parse(e) if r.native_id == "80" and r.historical]
    assert [(r.text, r.kind) for r in found] == [("as it was first", "comment"), ("status 80", "comment")]


def test_without_the_scope_all_else_is_captured_and_it_is_told(instance: Instance) -> None:
    instance.answers["/api/v1/notifications"] = Answer({"error": "This action is outside the authorized scopes"}, 403)
    for window in (FULL, RECENT):
        exchanges = fetched(Scripted(instance, TOKEN), window)
        [told] = (e.context["short"] for e in exchanges if "short" in e.context)
        assert told == (
            "who names the account without answering it is not told (This action is outside the authorized scopes); "
            "docs/platforms/mastodon.md says what to do"
        )
        assert {"60", "61", "62"} <= records(exchanges).keys()


def test_two_refusals_are_told_together(instance: Instance) -> None:
    refusal = Answer({"error": "This action is outside the authorized scopes"}, 403)
    instance.answers |= {"/api/v1/notifications": refusal, "/api/v1/mutes": refusal}
    told = [e.context["short"] for e in fetched(Scripted(instance, TOKEN)) if "short" in e.context]
    assert told[-1].startswith("who names the account")
    assert "whom the account blocks and what it filters is not told" in told[-1]


def test_with_somebody_elses_token_nothing_is_asked_and_it_is_told(instance: Instance) -> None:
    instance.holder = AMY
    client = Scripted(instance, TOKEN)
    exchanges = fetched(client)
    assert not [url for url in client.asked if "/notifications" in url]
    assert "the token is none of this account" in next(e.context["short"] for e in exchanges if "short" in e.context)
    assert "70" not in records(exchanges)


def test_without_a_token_nothing_is_asked() -> None:
    client = Scripted(Instance())
    fetched(client)
    assert not [url for url in client.asked if "/notifications" in url or "/verify_credentials" in url]


class Gone(Chosen):
    """A Plan of which all is held as gone."""

    def known(self, record_id: str, *, anywhere: bool = False) -> Known | None:
        return Known(record_id, record_id, "comment", status=UNAVAILABLE) if anywhere else None


def test_what_those_write_whom_the_instance_limits_is_read_by_its_own_address_once(instance: Instance) -> None:
    """No list and no conversation shows it to whoever does not follow them; to the account itself, notifications tell of it."""
    instance.limited, client = {"400"}, Scripted(instance, TOKEN)
    instance.named(80, "400", 60)
    instance.named(81, "400")
    instance.whisper(82, "400")
    found = records(fetched(client, Window("full", messages=True)))
    placed = {n: (found[n].kind, found[n].parent_id, found[n].root_id) for n in ("80", "81", "82")}
    assert placed == {
        "80": ("comment", record_id(60), record_id(60)),
        "81": ("comment", None, record_id(81)),
        "82": ("message", None, record_id(82)),
    }
    alone = asked_for(client, "/statuses/8")
    assert len([url for url in alone if url.endswith(("/80", "/81", "/82"))]) == 3
    again = Scripted(instance, TOKEN)
    fetched(again, Window("full", holds=lambda _: True))
    assert not [url for url in again.asked if url.endswith(("/80", "/81"))]

    back = Scripted(instance, TOKEN)
    found = records(fetched(back, Window("full", holds=lambda _: True, plan=Gone(lambda _: True))))
    assert {found["80"].status, found["81"].status} == {"visible"}, "it was held as gone, since its author's account was away"

    known = [Known(record_id(n), str(n), "comment", None, record_id(n)) for n in (80, 81, 90)]
    told = list(mastodon.lookup(DISTRICT, known, Scripted(instance, TOKEN)))
    assert [one.record_id for one in told if not isinstance(one, Exchange)] == [record_id(90)]
    assert {r.native_id for one in told if isinstance(one, Exchange) for r in mastodon.parse(one)} == {"80", "81"}


def test_an_answer_to_somebody_whom_the_instance_limits_stands_in_its_conversation() -> None:
    instance = Instance(limited={AMY})
    instance.add(3, ME, instance.add(2, AMY, instance.add(1)))
    found = records(fetched(Scripted(instance, TOKEN), Window("recent", since=START + timedelta(hours=3))))
    assert (found["3"].kind, found["3"].parent_id, found["3"].root_id) == ("reply", record_id(2), record_id(1))


def test_a_mention_is_looked_up_by_its_own_id(instance: Instance) -> None:
    instance.hidden |= {71}
    known = [Known(record_id(n), str(n), "comment", None, record_id(n)) for n in (70, 71)]
    seen, gone = mastodon.lookup(DISTRICT, known, Scripted(instance, TOKEN))
    assert isinstance(seen, Exchange)
    assert [(r.kind, r.root_id) for r in mastodon.parse(seen)] == [("comment", record_id(70))]
    assert not isinstance(gone, Exchange)
    assert gone.status == "unavailable"
