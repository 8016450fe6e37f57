"""How an account on Bluesky is walked: its pages, conversations to their end, and where a fetch goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from recordroom.platforms import Window, bluesky
from tests.platforms.bluesky_net import AMY, BEN, DISTRICT, ME, START, Network, chain, records_of, uri_of
from tests.platforms.scripted import Scripted


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
