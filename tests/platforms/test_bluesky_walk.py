"""How an account on Bluesky is walked: its pages, conversations to their end, and where a fetch goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from recordroom.platforms import Window, bluesky
from recordroom.platforms.bluesky.conversations import PAGE
from tests.platforms.bluesky_net import AMY, BEN, DISTRICT, ME, START, Network, chain, records_of, uri_of
from tests.platforms.scripted import Answer, Chosen, Scripted, asked_for


def test_conversations_deeper_than_an_answer_are_read_to_their_end() -> None:
    network = Network(depth=10)
    top = network.add(ME, 1)
    deep = chain(network, top, range(100, 165))
    wide = [network.add(BEN, key, top) for key in range(200, 230)]
    found = records_of(Scripted(network), Window("full"))
    assert set(found) == {f"at://{ME}", top, *deep, *wide}
    assert [found[u].kind for u in (top, deep[0], deep[1], deep[-1], wide[0])] == ["post", "comment", "reply", "reply", "comment"]
    assert {r.root_id for u, r in found.items() if u != f"at://{ME}"} == {f"bluesky:{top}"}


def test_two_hundred_levels_are_parsed() -> None:
    network = Network()
    deep = chain(network, network.add(ME, 1), range(10, 600))
    client = Scripted(network)
    assert set(deep) <= set(records_of(client, Window("full")))
    assert sum("getPostThread" in u for u in client.asked) == 3


def test_pages_are_read_to_the_end_and_a_recent_window_stops() -> None:
    network = Network()
    for key in range(1, 251):
        network.add(ME, key)
    assert len(records_of(Scripted(network), Window("full"))) == 251
    client = Scripted(network)
    assert len(records_of(client, Window("recent", since=START + timedelta(hours=200)))) == 101
    assert len([u for u in client.asked if "getAuthorFeed" in u]) == 1


def test_replies_of_ours_bring_what_answers_them_unless_their_conversation_does() -> None:
    network = Network()
    old = network.add(ME, 1)
    reply = network.add(ME, 500, network.add(AMY, 2, old))
    answer = network.add(AMY, 501, reply)
    elsewhere = network.add(ME, 502, network.add(AMY, 400))
    thanks = network.add(AMY, 503, elsewhere)
    lost = network.add(ME, 504, uri_of(ME, 77))  # our own post above it is deleted
    below = network.add(AMY, 505, lost)
    client = Scripted(network)
    found = records_of(client, Window("recent", since=START + timedelta(hours=300)))
    assert {answer, thanks, below} <= set(found)
    assert (found[answer].kind, found[elsewhere].kind, found[thanks].kind) == ("reply", "post", "comment")
    client = Scripted(network)
    assert {answer, thanks, below} <= set(records_of(client, Window("full")))
    assert sum("getPostThread" in u for u in client.asked) == 3  # old, elsewhere, lost


@pytest.mark.parametrize("kind", ["full", "recent"])
def test_what_stands_below_a_deleted_answer_is_read_with_what_the_account_said_there(kind: str) -> None:
    """The conversation of the first post does not lead below what is gone; its own list tells of the account's answers."""
    network = Network()
    top = network.add(ME, 1)
    gone = network.add(AMY, 2, top)
    reply = network.add(ME, 3, gone)
    answer = network.add(AMY, 5, network.add(BEN, 4, reply))
    network.add(AMY, 10, top)
    network.gone.add(gone)
    network.deleted.add(gone)
    other = network.add(ME, 6)
    shown = network.add(ME, 8, network.add(AMY, 7, other))
    network.add(AMY, 9, shown)
    client, plan = Scripted(network), Chosen(lambda _: True)
    assert answer in records_of(client, Window(kind, since=START, plan=plan))
    assert sum("getPostThread" in u for u in client.asked) == 3  # top, reply, other
    assert sorted(plan.whole) == [f"bluesky:{top}", f"bluesky:{other}"]
    plan.wanted = lambda root: root != f"bluesky:{top}"
    client = Scripted(network)
    assert answer not in records_of(client, Window(kind, since=START, plan=plan))
    assert sum("getPostThread" in u for u in client.asked) == 1  # other


@pytest.mark.parametrize("kind", ["full", "recent"])
def test_what_stands_below_a_deleted_answer_is_read_where_its_first_post_is_listed_pages_later(kind: str) -> None:
    network = Network()
    top = network.add(ME, 1)
    unwanted = network.add(ME, 2)
    replies = []
    for number, root in enumerate((top, unwanted)):
        gone = network.add(AMY, 3 + number, root)
        network.gone.add(gone)
        network.deleted.add(gone)
        replies.append(network.add(ME, 500 + number, gone))
    answer, other = (network.add(BEN, 600 + number, reply) for number, reply in enumerate(replies))
    for key in range(10, 10 + 2 * PAGE):
        network.add(ME, key)
    plan = Chosen(lambda root: root != f"bluesky:{unwanted}")
    whole = records_of(Scripted(network), Window(kind, since=START, plan=plan))
    assert (answer in whole, other in whole) == (True, False)
    assert f"bluesky:{top}" in plan.whole
    exchanges = list(bluesky.fetch(DISTRICT, Window(kind, since=START, plan=plan), Scripted(network)))
    [second] = [e.cursor for e in exchanges if "getAuthorFeed" in e.url and "cursor=100" in e.url]
    assert answer in records_of(Scripted(network), Window(kind, since=START, cursor=second, plan=plan)), "a fetch that stopped goes on"


def test_all_below_an_answer_is_captured_at_once_where_what_it_answers_is_deleted() -> None:
    network = Network()
    top = network.add(ME, 1)
    gone = network.add(AMY, 2, top)
    reply = network.add(BEN, 3, gone)
    answer = network.add(AMY, 4, reply)
    shown = network.add(BEN, 6, network.add(AMY, 5, top))
    network.gone.add(gone)
    network.deleted.add(gone)
    for key, threads in ((3, 2), (6, 1)):
        client = Scripted(network)
        found = records_of(client, Window("one", url=f"https://bsky.app/profile/{BEN}/post/{key}"))
        assert found.keys() >= ({top, reply, answer} if key == 3 else {top, shown})
        assert sum("getPostThread" in u for u in client.asked) == threads


def test_what_is_hidden_stays_so_where_it_is_captured_at_once() -> None:
    """Its conversation tells, and who asked for it by its own address was told nothing."""
    network = Network()
    top = network.add(ME, 1)
    network.hidden = [network.add(AMY, 2, top)]
    blocked = network.add(BEN, 3, top)
    network.relationships = {BEN: {"blocking": "at://x/y/z"}}
    network.gone = {blocked}  # from the conversation, not from the AppView
    client = Scripted(lambda url: _shown_alone(network, url, blocked))
    for uri in (*network.hidden, blocked):
        did, _, key = uri.removeprefix("at://").split("/")
        found = records_of(client, Window("one", url=f"https://bsky.app/profile/{did}/post/{key}"))
        assert (found[uri].status, found[uri].acted_by) == ("hidden", "agency")


@pytest.mark.parametrize("kind", ["full", "recent", "one"])
def test_a_fetch_goes_on_from_any_exchange(kind: str) -> None:
    network = Network(depth=7)
    for key in range(1, 230, 2):
        network.add(ME, key)
    chain(network, uri_of(ME, 229), range(1000, 1040))
    network.hidden = [network.add(AMY, 2000, uri_of(ME, 229))]
    network.add(AMY, 2001, network.add(ME, 2002, network.add(AMY, 1999)))
    window = Window(kind, since=START, url="https://bsky.app/profile/fircrest.example/post/229")
    exchanges = list(bluesky.fetch(DISTRICT, window, Scripted(network)))
    whole = [{r.record_id for r in bluesky.parse(e)} for e in exchanges]
    for at, exchange in enumerate(exchanges):
        assert exchange.cursor is not None
        rest = bluesky.fetch(DISTRICT, replace(window, cursor=exchange.cursor), Scripted(network))
        assert set().union(*whole) == {r.record_id for e in rest for r in bluesky.parse(e)}.union(*whole[: at + 1])


def test_nobody_hides_what_stands_in_anothers_conversation() -> None:
    """Whoever begins a conversation may list any post of the network as a hidden reply; and most of what they hide is none of ours."""
    network = Network()
    top = network.add(ME, 1)
    comment = network.add(AMY, 2, top)
    theirs = network.add(BEN, 3)
    ours = network.add(ME, 4, theirs)
    below = network.add(AMY, 5, ours)
    under = network.add(AMY, 8, network.add(AMY, 7, ours))
    strange, beside = network.add(AMY, 77), network.add(AMY, 9, theirs)
    network.gone |= {below, under}  # from the conversation, not from the AppView
    network.gates[theirs] = [comment, strange, below, beside, under]
    network.hidden = [network.add(AMY, 6, top), strange]
    client = Scripted(lambda url: _shown_alone(network, url, below, under))
    exchanges = list(bluesky.fetch(DISTRICT, Window("full"), client))
    found = [(r.native_id, r.status, r.acted_by) for e in exchanges for r in bluesky.parse(e) if r.kind in ("comment", "reply")]
    assert set(found) == {
        (comment, "visible", None),
        (below, "hidden", None),
        (uri_of(AMY, 7), "visible", None),
        (under, "hidden", None),
        (network.hidden[0], "hidden", "agency"),
    }


@pytest.mark.parametrize("ours", [2, 5])  # before, or behind, the post below which it stands
def test_what_the_account_hides_is_captured_whoever_else_lists_it(ours: int) -> None:
    network = Network()
    theirs = network.add(BEN, 1)
    network.add(BEN, 6, network.add(ME, ours, theirs))
    comment = network.add(AMY, 4, network.add(ME, 3))
    network.gone.add(comment)  # from the conversation, not from the AppView
    network.hidden, network.gates[theirs] = [comment], [comment]
    found = records_of(Scripted(lambda url: _shown_alone(network, url, comment)), Window("full"))
    assert (found[comment].status, found[comment].acted_by) == ("hidden", "agency")


@pytest.mark.parametrize("window", [Window("full"), Window("one", url=f"https://bsky.app/profile/{AMY}/post/3")])
def test_what_answers_a_hidden_reply_is_read_where_what_that_answers_has_gone(window: Window) -> None:
    network = Network()
    comment = network.add(AMY, 2, network.add(ME, 1))
    hidden = network.add(AMY, 3, comment)
    deeper = network.add(AMY, 5, network.add(BEN, 4, hidden))
    network.gone, network.hidden = {comment}, [hidden]
    client = Scripted(network)
    found = records_of(client, window)
    assert {uri: found[uri].status for uri in (hidden, uri_of(BEN, 4), deeper)} == {
        hidden: "hidden",
        uri_of(BEN, 4): "visible",
        deeper: "visible",
    }
    assert len(asked_for(client, "getPosts?")) == (1 if window.kind == "full" else 2), "what is hidden is asked for once"


def _shown_alone(network: Network, url: str, *uris: str) -> Answer:
    """As the AppView does with replies that a conversation leaves out."""
    if "getPosts?" not in url:
        return network(url)
    network.gone -= {*uris}
    answer = network(url)
    network.gone |= {*uris}
    return answer


def test_an_answer_to_an_address_with_a_name_in_it_stops_nothing() -> None:
    """The lexicon takes a handle where a DID belongs, and such an address leads nowhere."""
    network = Network()
    first = network.add(ME, 1)
    astray = network.add(ME, 3, "at://amy.example/app.bsky.feed.post/2")
    below = network.add(BEN, 4, astray)
    assert {first, astray, below} <= records_of(Scripted(network), Window("full")).keys()


@pytest.mark.parametrize("method", ["getPostThread", "getQuotes"])
def test_a_refusal_is_not_taken_for_a_post_that_has_gone(method: str) -> None:
    network = Network()
    network.quote(BEN, 3, network.add(ME, 1))
    network.add(AMY, 2, uri_of(ME, 1))
    error = {"error": "InvalidRequest", "message": "Error: depth must be less"}
    network.answers[f"app.bsky.feed.{method}"] = Answer(error, 400)
    told = [exchange.context for exchange in bluesky.fetch(DISTRICT, Window("full"), Scripted(network))]
    assert [c["unread"] for c in told if "InvalidRequest: Error: depth must be less" in c.get("short", "")] == [f"bluesky:{uri_of(ME, 1)}"]
    network.answers[f"app.bsky.feed.{method}"] = Answer({"error": "NotFound", "message": "Post not found"}, 400)
    assert uri_of(ME, 1) in records_of(Scripted(network), Window("full")), "it has just gone"


@pytest.mark.parametrize("method", ["getPostThread", "getQuotes"])
def test_a_404_without_a_word_is_told_of_one_conversation_alone(method: str) -> None:
    """A page of something between: the AppView itself says NotFound with HTTP 400."""
    network = Network()
    network.quote(BEN, 3, network.add(ME, 1))
    network.add(AMY, 2, uri_of(ME, 1))
    network.answers[f"app.bsky.feed.{method}"] = Answer("<html>Not found", 404)
    told = [exchange.context for exchange in bluesky.fetch(DISTRICT, Window("full"), Scripted(network))]
    assert {c["unread"] for c in told if "unread" in c} == {f"bluesky:{uri_of(ME, 1)}"}
