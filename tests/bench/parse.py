"""parse.<platform>: reading responses into hashed rows, against what any reader of the same bytes must do.

Ours: `parse` of the connector, the version's hash, the row in canonical form: all that a capture does with a new item but the
comparison. Reference: `orjson.loads` of the body; for feeds `feedparser.parse`. Processor time of one process. The pages come from the
sandbox's faces, asked by the connectors themselves: lists, and a conversation, of 40 to 100 items (a feed has its 20).
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import feedparser
import httpx
import orjson

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.network import Network
from infra.local.sandbox.story.texts import ANNOUNCEMENTS, ANSWERS, HEATED, OFFICIAL, OPENERS
from recordroom.archive.held import Held
from recordroom.capture.changes import Change, Commit, Comparison, Source, canon_of, row_of
from recordroom.capture.client import HttpClient
from recordroom.model import Exchange, Record, canonical_row, version_of
from recordroom.platforms import Connector, Window, load
from tests.archives import register_of
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_most, in_turns, timed

TURNS, ITEMS, FEWEST = 100, 100, 20
BARS = {"wordpress": 8.0, "bluesky": 8.0, "mastodon": 8.0, "feed": 1.5}
WHERE = {
    "wordpress": ("wordpress/district", "https://www.district.test", ("",)),
    "bluesky": ("bluesky", "https://bsky.app/profile/district.test", ("",)),
    "mastodon": ("mastodon", "https://social.test/@district", ("",)),
    "feed": ("feed/news", "https://news.district.test/feed", ("/atom.xml", "/rss.xml")),
}
HOSTS = {"wordpress": "www.district.test", "bluesky": "district.test", "mastodon": "social.test", "feed": "news.district.test"}
AT = datetime(2026, 3, 2, 16, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Page:
    """A response, and what the manifest will say of each of its items."""

    exchange: Exchange
    deltas: list[dict[str, object]]


def run(_: Ground) -> Iterator[Measure]:
    for platform, bar in BARS.items():
        connector, pages = load(platform), list(_pages(platform))
        ours, reference = _ours(connector, pages), _reference(platform, pages)
        gc.collect()
        gc.freeze()
        turns = in_turns(TURNS, lambda act=ours: timed(act, time.process_time), lambda act=reference: timed(act, time.process_time))  # type: ignore[misc]
        yield at_most(f"parse.{platform}", turns, bar, "s")


PARTS = (Part(tuple(f"parse.{platform}" for platform in BARS), (), run),)


def _ours(connector: Connector, pages: list[_Page]) -> Callable[[], None]:
    manifest = {"agency": "district", "account": "news", "platform": connector.PLATFORM.name, "capture_id": "20260302T160000Z-1a2b3c4d"}
    commit = Commit(1, AT, manifest, connector.PLATFORM.parser_name)

    def act() -> None:
        for page in pages:
            for record, delta in zip(connector.parse(page.exchange), page.deltas, strict=True):
                delta["version"] = version_of(record)
                canonical_row(row_of(Change(delta, record), commit))

    return act


def _reference(platform: str, pages: list[_Page]) -> Callable[[], None]:
    read: Callable[[bytes], object] = feedparser.parse if platform == "feed" else orjson.loads

    def act() -> None:
        for page in pages:
            read(page.exchange.body)

    return act


def _pages(platform: str) -> Iterator[_Page]:
    """The responses of a full reading that hold many items."""
    where, url, paths = WHERE[platform]
    network = _network(platform, where)
    connector = load(platform)
    comparison = Comparison(canon_of(connector.PLATFORM.parser_name), _never, lambda _: None)
    for path in paths:
        entry = {"id": "news", "platform": platform, "url": url, "api_url": f"http://127.0.0.1{path}"}
        [account] = register_of(entry).accounts
        client = HttpClient(contact="bench", limit=2**28, private=True, transport=httpx.WSGITransport(create_app(network, where)))
        account = account.identified(connector.identify(account, client))
        for exchange in map(_lifelike, connector.fetch(account, Window("full"), client)):
            records = list(connector.parse(exchange))
            if len(records) >= FEWEST:
                changes = (comparison.live(None, record, Source(AT, "<urn:uuid:1>")) for record in records)
                yield _Page(exchange, [change.delta for change in changes if change is not None])
        client.close()


def _lifelike(exchange: Exchange) -> Exchange:
    """With what nearly every author on Bluesky has, and the sandbox leaves out."""
    shown = b'"author":{"avatar":"https://cdn.bsky.app/img/avatar/plain/did:plc:z72i7hdynmk6r22z27h6tvur/'
    shown += b'bafkreihwihm6kpd6zuwhhlro75p5qks5qtrcu55jp3gddbfjsieiv7wuka@jpeg","associated":{"chat":{"allowIncoming":"following"},'
    shown += b'"activitySubscription":{"allowSubscriptions":"followers"}},"did":'
    return replace(exchange, body=exchange.body.replace(b'"author":{"did":', shown))


def _never(held: Held) -> Record:
    raise AssertionError(f"{held} is new: nothing is read again")


def _network(platform: str, where: str) -> Network:
    """A place as districts use it: a hundred announcements, many with pictures and links, some quoting or passing on others, some
    answers of ours to what people ask; and one conversation of a hundred answers."""
    dice = random.Random(2)  # noqa: S311 (no secret: the same pages each time)
    network, local = Network(AT), ".test" if platform == "bluesky" else ""
    network.place(where, "District news", host=HOSTS[platform])
    us, *people = (network.account(f"{where}/{name}{local}", name.title(), staff=True).key for name in ("district", "ana", "bo", "chris"))
    post = network.publish(us, "Welcome", title="Welcome", at=AT - timedelta(days=60))
    for number in range(ITEMS):
        said, at = dice.choice(ANNOUNCEMENTS), AT - timedelta(hours=9 * (ITEMS - number))
        if platform in ("bluesky", "mastodon") and number % 10 == 3:
            network.repost(us, network.publish(dice.choice(people), dice.choice(ANNOUNCEMENTS).text, at=at), at=at)
        elif platform in ("bluesky", "mastodon") and number % 5 == 1:
            network.comment(us, network.comment(dice.choice(people), post, dice.choice(OPENERS), at=at), dice.choice(OFFICIAL), at=at)
        else:
            photos = [network.photo(where, f"{said.photo or said.title}, picture {n}") for n in range(dice.choice((0, 1, 1, 2, 4)))]
            quote = post if platform == "bluesky" and number % 10 == 7 else None
            likes = dice.randint(0, 90)
            post = network.publish(us, said.text, title=said.title, at=at, photos=photos, tags=list(said.tags), likes=likes, quote=quote)
    for number in range(ITEMS if platform != "feed" else 0):
        text = " ".join(dice.choice(some) for some in (OPENERS, HEATED, ANSWERS, OFFICIAL)[: dice.randint(1, 4)])
        network.comment(dice.choice(people), post, text, at=post.created + timedelta(minutes=number))
    return network
