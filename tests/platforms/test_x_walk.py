"""X's walk against a small network of made-up posts: which conversations are searched, who answers whom, and where it goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from recordroom.model import Exchange
from recordroom.platforms import Known, Window, x
from tests.platforms.scripted import Chosen, Scripted
from tests.platforms.x_net import AMY, BEN, DISTRICT, ME, NOW, Net, client_of, fetched, records


def searches(client: Scripted) -> list[str]:
    """Those for conversations, of each page."""
    queries = [parse_qs(urlsplit(url).query).get("query", [""])[0] for url in client.asked]
    return [query for query in queries if query.startswith("conversation_id:")]


@pytest.mark.parametrize(("archive", "words", "expected"), [(True, 1_024, 1), (False, 512, 2)])
def test_conversations_are_asked_for_together(net: Net, archive: bool, words: int, expected: int) -> None:
    net.archive = archive
    heads = [net.add(2 + number / 24) for number in range(30)]
    for head in heads[:25]:
        net.add(1, AMY, head)
    client = client_of(net)
    found = records(fetched(net, client=client))
    assert len(found) == 55
    assert {r.counts["comments"] for r in found.values() if r.kind == "post" and r.counts} == {0, 1}
    asked = searches(client)
    assert len(asked) == expected
    assert all(len(query) <= words for query in asked)


def test_a_conversation_from_before_ids_had_a_time_is_searched_from_its_beginning(net: Net) -> None:
    """Until November 2010 ids were numbers in a row."""
    days = (NOW - datetime(2009, 10, 20, 10, tzinfo=UTC)).days
    post = net.add(days, id="5000000000", conversation_id="5000000000", edit_history_post_ids=["5000000000"])
    net.posts["5000000000"] = net.posts.pop(post)
    for native, author, above in (("5000000100", AMY, "5000000000"), ("5000000200", BEN, "5000000100")):
        made = net.add(days - 1, author, above, id=native, edit_history_post_ids=[native])
        net.posts[native] = net.posts.pop(made)
    found = records(fetched(net))
    told = [(found[n].kind, f"{found[n].published_at:%Y}") for n in sorted(found)]
    assert told == [("post", "2009"), ("comment", "2009"), ("reply", "2009")]


def test_as_many_conversations_are_asked_for_together_as_fill_their_pages(net: Net) -> None:
    net.archive = False
    for number in range(24):
        head = net.add(2 + number / 24)
        for _ in range(24):
            net.add(1, AMY, head)
    client = client_of(net)
    assert len(records(fetched(net, client=client))) == 24 * 25
    assert [query.count("conversation_id:") for query in searches(client)] == [12] * 6, "three full pages each"


def test_a_search_is_read_on_with_the_conversations_that_it_began_with(net: Net) -> None:
    for number in range(7):
        head = net.add(2 + number / 24)
        for _ in range(99):
            net.add(1, AMY, head)
    first = client_of(net)
    whole = fetched(net, client=first)
    began = [place for place, page in enumerate(whole, 1) if json.loads(page.cursor or "{}").get("search_page")]
    assert len(began) == 5, "of five pages and two, all but the last ones"
    for place in began:
        client = client_of(net)
        rest = fetched(net, Window("full", cursor=whole[place - 1].cursor), client=client)
        assert records([*whole[:place], *rest]).keys() == records(whole).keys()
        assert searches(client) == searches(first)[-len(searches(client)) :]


def test_only_conversations_that_are_wanted_are_searched(net: Net) -> None:
    silent, unwanted, wanted = net.add(3), net.add(2), net.add(1)
    answers = [net.add(0.5, AMY, post) for post in (unwanted, wanted)]
    plan, client = Chosen(lambda root: root != f"x:{unwanted}"), client_of(net)
    found = records(fetched(net, Window("full", plan=plan), client))
    assert plan.asked == {f"x:{wanted}": (1, False), f"x:{unwanted}": (1, False), f"x:{silent}": (0, True)}
    assert set(plan.whole) == {f"x:{wanted}", f"x:{silent}"}
    assert not [url for url in client.asked if "search" in url and unwanted in url]
    assert set(answers) <= set(found)  # the mentions have that one, too
    assert "comments" not in (found[unwanted].counts or {})


def test_who_answers_whom(net: Net) -> None:
    head = net.add(3)
    comment = net.add(2, AMY, head)
    reply = net.add(2, ME, comment)
    below = net.add(1, BEN, reply)
    far = net.add(3, BEN)
    ours = net.add(2, ME, far)
    to_us = net.add(1, AMY, ours)
    deep = net.add(1, BEN, to_us)
    deeper = net.add(0.5, ME, deep)
    named = net.add(0.5, BEN, text="Thanks @FircrestSchools")
    found = records(fetched(net))
    kinds = {n: r.kind for n, r in found.items()}
    assert kinds == {
        head: "post",
        comment: "comment",
        reply: "reply",
        below: "reply",
        ours: "post",
        to_us: "comment",
        deeper: "post",
        named: "comment",
    }
    assert (found[below].parent_id, found[below].root_id) == (f"x:{reply}", f"x:{head}")
    assert (found[deeper].parent_id, found[deeper].root_id) == (f"x:{deep}", f"x:{far}")
    assert (found[named].parent_id, found[named].root_id) == (None, f"x:{named}")
    assert {r.native_id for r in found.values() if r.tally == "own"} == {head, reply, ours, deeper}


def test_the_window_of_the_last_days(net: Net) -> None:
    old, new = net.add(50), net.add(5)
    late = net.add(1, AMY, old)
    client = client_of(net)
    found = records(fetched(net, Window("recent", since=NOW - timedelta(days=30)), client))
    assert set(found) == {new, late}
    assert (found[late].kind, found[late].root_id) == ("comment", f"x:{old}")
    assert "comments" not in (found[late].counts or {}), "its conversation was not asked for"
    [search] = [url for url in client.asked if "from%3A" in url]
    assert "max_results=10" in search


def test_it_goes_on_from_every_cursor(net: Net) -> None:
    net.page = 4
    heads = [net.add(30 - day) for day in range(10)]
    for head in heads:
        net.add(1, BEN, net.add(2, AMY, head))
    whole = fetched(net, Window("history"))
    expected = set(records(whole))
    assert len(expected) == 30
    for at, stopped in enumerate(whole[:-1]):
        rest = fetched(net, Window("history", cursor=stopped.cursor))
        assert set(records([*whole[: at + 1], *rest])) == expected, at
    assert whole[-1].cursor is not None
    assert json.loads(whole[-1].cursor)["stage"] == ""


def test_the_files_of_a_repost_are_asked_for_with_its_original(net: Net) -> None:
    net.media["3_1"] = {"media_key": "3_1", "type": "photo", "url": "https://pbs.test/1.jpg", "alt_text": "Snow"}
    original = net.add(3, AMY, attachments={"media_keys": ["3_1"]}, text="Our street")
    spread = net.add(2, ME, original, "retweeted", text="RT @amy: Our st…")
    found = records(fetched(net))[spread]
    assert (found.text, found.shared_id) == ("Our street", f"x:{original}")
    assert [(m.identity, m.alt_text) for m in found.media] == [("3_1", "Snow")]
    assert found.counts is None


def test_what_an_answer_includes_but_does_not_describe_is_asked_for(net: Net) -> None:
    """The picture of a version that was replaced before anybody looked, the options of a poll that is passed on; asked for by id too."""
    for key in ("3_1", "3_2"):
        net.media[key] = {"media_key": key, "type": "photo", "url": f"https://pbs.test/{key}.jpg", "alt_text": f"Map {key}"}
    options = [{"position": place, "label": label} for place, label in enumerate(("Yes", "No"), 1)]
    net.polls["77"] = {"id": "77", "options": options}
    first = net.add(2, attachments={"media_keys": ["3_1"]})
    net.posts[net.edit(first, "Closed", 5)]["attachments"] = {"media_keys": ["3_2"]}
    spread = net.add(1, ME, net.add(3, AMY, attachments={"poll_ids": ["77"]}, text="Snow?"), "retweeted", text="RT @amy: Snow?")
    known = [Known(f"x:{native}", native, "post", None, f"x:{native}", tally="own") for native in (first, spread)]
    for told in (fetched(net), list(x.lookup(DISTRICT, known, client_of(net)))):
        found = [r for e in told if isinstance(e, Exchange) for r in x.parse(e) if r.kind != "profile"]
        files = {(m.identity, m.url, m.alt_text) for r in found if r.native_id == first for m in r.media}
        assert files == {(key, one["url"], one["alt_text"]) for key, one in net.media.items()}
        assert {r.text for r in found if r.native_id == spread} == {"Snow?\n\nYes\nNo"}


def test_who_answers_an_edited_answer_stands_below_its_first_version(net: Net) -> None:
    """Which version they saw: each has an id of its own, and the answer is given by the search for its conversation alone."""
    head = net.add(3)
    comment = net.add(2, AMY, head)
    versions = [comment, net.edit(comment, "Closd?", 5), net.edit(comment, "Closed?", 9)]
    below = [net.add(1, BEN, version) for version in versions]
    found = records(fetched(net))
    assert {found[native].parent_id for native in below} == {f"x:{comment}"}
    odd = net.add(0.5, BEN, comment, in_reply_to_user_id=5)
    exchanges = fetched(net)  # it is for `parse` to tell
    assert any(odd.encode() in exchange.body for exchange in exchanges)


def test_edits_are_versions_of_the_first_id(net: Net) -> None:
    first = net.add(2, text="Closd")
    net.edit(first, "Closed", 5)
    last = net.edit(first, "Closed tomorrow", 9)
    reply = net.add(1, AMY, last)
    told = [r for e in fetched(net) for r in x.parse(e) if r.native_id == first]
    assert [(r.text, r.historical) for r in told[:3]] == [("Closed tomorrow", False), ("Closd", True), ("Closed", True)]
    times = [r.valid_from for r in told[:3]]
    assert times[1] < times[2] < times[0]  # type: ignore[operator]
    assert records(fetched(net))[reply].parent_id == f"x:{first}"


def test_answers_to_every_version_are_asked_for(net: Net) -> None:
    """Each version begins a conversation of its own, and counts its own answers; who answers an answer need not name us."""
    first = net.add(2, text="Closd")
    early = net.add(1.9, AMY, first)
    nested = net.add(1.8, BEN, early)
    last = net.edit(first, "Closed", 5)
    late = net.add(1, AMY, last)
    below = net.add(0.5, BEN, late)
    found = records(fetched(net))
    assert [found[one].kind for one in (early, nested, late, below)] == ["comment", "reply", "comment", "reply"]
    assert {found[one].root_id for one in (early, nested, late, below)} == {f"x:{first}"}
    assert found[late].parent_id == f"x:{first}"
    assert (found[first].counts or {})["comments"] == 2
    one = records(fetched(net, Window("one", url=f"https://x.com/ben/status/{below}")))
    assert {early, nested, late, below} <= set(one)
    assert one[below].root_id == f"x:{first}"
