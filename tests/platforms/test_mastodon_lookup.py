"""What a Mastodon instance is asked for by id, and a permalink's conversation."""

from __future__ import annotations

import json

import pytest

from recordroom.errors import AccountUnavailable, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange
from recordroom.platforms import Known, Window, mastodon
from tests.platforms.instance import AMY, DISTRICT, FIXTURES, ME, SERVER, Instance, record_id, records_of, thread
from tests.platforms.scripted import Answer, Scripted, account


def test_lookup_tells_who_is_still_there() -> None:
    instance = Instance()
    instance.add(1)
    for number in range(2, 50):
        instance.add(number, AMY, 1)
    known = [Known(record_id(n), str(n), "comment", record_id(1), record_id(1), visibility=lambda: "unlisted") for n in range(2, 60)]
    known.append(Known(f"mastodon:{SERVER}/accounts/{ME}", ME, "profile"))
    client = Scripted(instance)
    found = list(mastodon.lookup(DISTRICT, known, client))
    absences = {a.record_id: a.status for a in found if isinstance(a, Absence)}
    records = {r.record_id: r for e in found if isinstance(e, Exchange) for r in mastodon.parse(e)}
    assert absences == {record_id(n): "unavailable" for n in range(50, 60)}
    assert set(records) == {k.record_id for k in known} - set(absences)
    assert records[record_id(7)].kind == "comment"
    assert len(client.asked) == 4 + 10, "each of those that lack, alone"
    many = [Known(record_id(n), str(n), "comment", record_id(1), record_id(1), visibility=lambda: "public") for n in range(60, 81)]
    assert len([one for one in mastodon.lookup(DISTRICT, many, client) if isinstance(one, Absence)]) == 21
    assert len(client.asked) == 4 + 10 + 2, (
        "of many that lack at once, none: too many requests, and nothing is believed before a person looks"
    )
    assert not list(mastodon.lookup(DISTRICT, [], client))


def test_a_list_in_place_of_a_status_is_named() -> None:
    instance = Instance(answers={"/api/v1/statuses/2": Answer([])})
    instance.add(1)
    with pytest.raises(UnexpectedResponse, match="statuses/2"):
        list(mastodon.lookup(DISTRICT, [Known(record_id(2), "2", "comment", visibility=lambda: "public")], Scripted(instance)))


def test_what_is_said_below_an_answer_whose_post_has_gone_is_read_once_it_is_counted() -> None:
    instance = Instance()
    instance.add(3, AMY, instance.add(2, AMY, instance.add(1)))
    known = [Known(record_id(n), str(n), kind, record_id(n - 1), record_id(1)) for n, kind in ((2, "comment"), (3, "reply"))]
    del instance.statuses[1]
    instance.statuses[2] |= {"in_reply_to_id": None}
    client = Scripted(instance)
    list(mastodon.lookup(DISTRICT, known, client))
    assert len(client.asked) == 1, "nothing more is counted than what is held"
    instance.add(4, AMY, 3)
    found = {r.native_id: r for e in mastodon.lookup(DISTRICT, known, client) if isinstance(e, Exchange) for r in mastodon.parse(e)}
    assert set(found) == {"2", "3", "4"}
    assert (found["4"].kind, found["4"].parent_id, found["4"].root_id) == ("reply", record_id(3), record_id(1))


def test_a_permalink_brings_its_whole_conversation() -> None:
    instance = Instance()
    instance.add(1)
    thread(instance, 1, range(100, 150), 50)
    instance.add(300, AMY)
    instance.add(301, ME, 300)
    instance.add(302, AMY, 301)
    instance.add(400, AMY)
    profile = f"mastodon:{SERVER}/accounts/{ME}"

    def captured(number: int) -> set[str]:
        return set(records_of(Scripted(instance), Window("one", url=f"https://{SERVER}/@someone/{number}"))) - {profile}

    assert captured(1) == captured(149) == {record_id(n) for n in (1, *range(100, 150))}
    assert captured(301) == captured(302) == {record_id(n) for n in (301, 302)}
    for number in (400, 999):
        with pytest.raises(UsageError):
            captured(number)
    for url in ("https://elsewhere.example/@x/1", f"https://{SERVER}/@fircrest", ""):
        with pytest.raises(UsageError):
            list(mastodon.fetch(DISTRICT, Window("one", url=url), Scripted(instance)))


def test_identify_and_totals() -> None:
    profile = json.loads((FIXTURES / "ordinary-profile.json").read_text())
    who = account("mastodon", "https://social.fircrest.example/@fircrest", api_url="https://other.example/")
    client = Scripted(
        [Answer(profile), Answer({"domain": "Fircrest.example", "title": "x"}), Answer(profile), Answer({"error": "Not Found"}, 404)]
    )
    identity = mastodon.identify(who, client)
    assert (identity.native_id, identity.server, identity.title) == (profile["id"], "fircrest.example", "Fircrest Schools")
    assert client.asked[0] == "https://other.example/api/v1/accounts/lookup?acct=fircrest"
    assert mastodon.identify(who, client).server == "social.fircrest.example"
    with pytest.raises(AccountUnavailable, match="suspended"):
        mastodon.identify(who, Scripted([Answer(profile | {"suspended": True})]))
    with pytest.raises(AccountUnavailable):
        mastodon.identify(account("mastodon", "https://social.example/about"), Scripted([]))
    with pytest.raises(UnexpectedResponse, match="domain"):
        mastodon.identify(who, Scripted([Answer(profile), Answer({"title": "x"})]))
    totals = mastodon.totals(DISTRICT, Scripted([Answer(profile)]))
    assert totals is not None
    assert totals.kinds == {"own": 431}


def gone_of(
    instance: Instance, token: dict[str, str], *numbers: int, tally: str | None = "own"
) -> tuple[dict[str, Absence], list[str], str]:
    """(what follows for statuses that are given nowhere, what was asked for, what is said to lack)"""
    known = [Known(record_id(n), str(n), "post", None, record_id(n), tally=tally, visibility=lambda: "public") for n in numbers]
    client = Scripted(instance, token)
    answers = list(mastodon.lookup(DISTRICT, known, client))
    assert [r for a in answers if isinstance(a, Exchange) for r in mastodon.parse(a)] == []
    lacks = " ".join(str(a.context.get("short", "")) for a in answers if isinstance(a, Exchange))
    return {a.record_id: a for a in answers if isinstance(a, Absence)}, client.asked, lacks


def test_what_moderators_deleted_of_the_account_is_removed_by_the_platform() -> None:
    instance = Instance()
    instance.add(1)
    for number in range(100, 190):
        instance.warn(number, "none")
    instance.warn(190, "mark_statuses_as_sensitive", 8)
    instance.warn(60, "delete_statuses", 5, 6)
    instance.warnings.sort(key=lambda one: int(one["id"]))
    told, _, lacks = gone_of(instance, {"token": "ours"}, 5, 6, 7, 8)
    assert {record: (a.status, a.acted_by) for record, a in told.items()} == {
        record_id(5): ("removed", "platform"),
        record_id(6): ("removed", "platform"),
        record_id(7): ("unavailable", None),
        record_id(8): ("unavailable", None),
    }
    assert "2026-11-03T12:00:00" in told[record_id(5)].reason
    assert list(mastodon.parse(told[record_id(5)].exchange)) == []
    assert b"delete_statuses" in told[record_id(5)].exchange.body
    assert lacks == ""


def test_moderators_are_asked_about_the_accounts_own_alone_and_by_itself_alone() -> None:
    instance = Instance()
    instance.warn(60, "delete_statuses", 5)
    for token, tally, holder in (({}, "own", ME), ({"token": "ours"}, None, ME), ({"token": "theirs"}, "own", AMY)):
        instance.holder = holder
        told, asked, _ = gone_of(instance, token, 5, tally=tally)
        assert told.get(record_id(5)) is None or told[record_id(5)].status == "unavailable"
        assert not [url for url in asked if "/notifications" in url]


@pytest.mark.parametrize("answer", [Answer({"error": "This action is outside the authorized scopes"}, 403), Answer("", 500), Answer([{}])])
def test_where_moderators_words_are_not_given_that_is_told_and_nothing_more(answer: Answer) -> None:
    told, _, lacks = gone_of(Instance(answers={"/api/v1/notifications": answer}), {"token": "ours"}, 5)
    assert told[record_id(5)].status == "unavailable"
    assert "whether moderators of the instance deleted" in lacks
