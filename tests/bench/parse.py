"""parse.<platform>: reading responses into hashed rows, compared with what any reader of the same bytes must
do.

Ours: `parse` of the connector, the version's hash, and the row in canonical form: everything that a capture
does with a new item except the comparison, in its order (the records of a response, their versions, then the
rows of what is committed).

Reference: `orjson.loads` of the body; for feeds `feedparser.parse`. If bodies are short, writing the row and
its hash takes any program several times as long as reading the item. The reference then does that too, with
the same library and the content read beforehand: `orjson.loads`, `orjson.dumps` and SHA-256 of the content,
`orjson.dumps` of the row.

Processor time of one process. The connectors request the pages from the sandbox's faces: lists and a
conversation of 40 to 100 items (a feed has its 20).
"""

from __future__ import annotations

import gc
import hashlib
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import feedparser
import orjson
import pytest

from infra.sandbox.story.texts import ANNOUNCEMENTS, ANSWERS, HEATED, OFFICIAL, OPENERS
from recordroom.archive.records import join_lines
from recordroom.archive.state.record_state import RecordState
from recordroom.canonical import encode_row, select_significant, version_of
from recordroom.capture.segment.comparison import Change, Comparison, ResponseRef, canon_of
from recordroom.capture.segment.rows import CommittedEntry, row_of
from recordroom.model import Exchange, Record
from recordroom.platforms.contract import Connector
from recordroom.platforms.registry import load
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_most, in_turns, say, timed
from tests.capture import airflow_database
from tests.capture.everywhere.scene import Scene, opened
from tests.clock import standing
from tests.services import S3, Buckets

TURNS, ITEMS, FEWEST = 100, 100, 20
# hundreds of bytes an item, not thousands
SHORT = {
    "facebook": 6.8, "instagram": 5.6, "threads": 6.1, "youtube": 5.6, "linkedin": 6.6, "vimeo": 6.1, "x": 6.7,
    "tiktok": 5.8,
}  # fmt: skip
BARS = {"wordpress": 6.8, "bluesky": 6.3, "mastodon": 6.8, "feed": 1.15} | SHORT
# platforms end old versions of their APIs
AT = datetime.now(UTC).replace(hour=16, minute=0, second=0, microsecond=0) - timedelta(days=2)


@dataclass(frozen=True, slots=True)
class _Page:
    """A response, and what the manifest will say of each of its items."""

    exchange: Exchange
    deltas: list[dict[str, object]]


def _measure(platform: str, ground: Ground) -> Iterator[Measure]:
    connector, pages = load(platform), _pages(platform, ground.s3)
    ours, reference = _ours(connector, pages), _reference(platform, pages)
    if platform in SHORT:
        reference = _with_rows(reference, connector, pages)
    gc.collect()
    gc.freeze()
    turns = in_turns(
        TURNS, lambda: timed(ours, time.process_time), lambda: timed(reference, time.process_time)
    )
    items = sum(len(page.deltas) for page in pages)
    say(f"parse.{platform}: {median(own for own, _ in turns) / items * 1e6:.1f} us an item, {items} items")
    yield at_most(f"parse.{platform}", turns, BARS[platform], "s")


PARTS = tuple(Part((f"parse.{platform}",), False, partial(_measure, platform)) for platform in BARS)


def _ours(connector: Connector, pages: list[_Page]) -> Callable[[], None]:
    commit = _commit(connector)

    def act() -> None:
        for page in pages:
            changes = []
            for record, delta in zip(list(connector.parse(page.exchange)), page.deltas, strict=True):
                delta["version"] = version_of(record)
                changes.append(Change(delta, record))
            join_lines([row_of(change, commit) for change in changes])

    return act


def _commit(connector: Connector) -> CommittedEntry:
    manifest = {
        "agency": "district",
        "account": "news",
        "platform": connector.PLATFORM.name,
        "capture_id": "20260302T160000Z-1a2b3c4d",
    }
    return CommittedEntry(1, AT, manifest, connector.PLATFORM.parser_name)


def _reference(platform: str, pages: list[_Page]) -> Callable[[], None]:
    read: Callable[[bytes], object] = feedparser.parse if platform == "feed" else orjson.loads

    def act() -> None:
        for page in pages:
            read(page.exchange.body)

    return act


def _with_rows(read: Callable[[], None], connector: Connector, pages: list[_Page]) -> Callable[[], None]:
    """Also hash the content of each item, and encode its row; both are ready to be written."""
    contents, rows = list[dict[str, Any]](), list[Any]()
    for page in pages:
        for record, delta in zip(connector.parse(page.exchange), page.deltas, strict=True):
            contents.append(select_significant(record))
            rows.append(orjson.loads(encode_row(row_of(Change(delta, record), _commit(connector)))))

    def act() -> None:
        read()
        for content, row in zip(contents, rows, strict=True):
            hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
            orjson.dumps(row, option=orjson.OPT_SORT_KEYS)

    return act


def _pages(platform: str, s3: S3) -> list[_Page]:
    """The responses of a first capture that hold many items."""
    connector = load(platform)
    parse, exchanges = connector.parse, list[Exchange]()

    def noting(exchange: Exchange) -> Iterator[Record]:
        exchanges.append(exchange)
        return parse(exchange)

    with (
        tempfile.TemporaryDirectory() as folder,
        airflow_database.used(airflow_database.migrate(Path(folder))),
    ):
        scene = opened(platform, s3, Buckets(), Path(folder) / "play", AT)
        _tell(scene)
        with pytest.MonkeyPatch.context() as patch, standing(scene.network.now):
            patch.setattr(connector, "parse", noting)
            outcome = scene.capture()
        assert (outcome.failure, outcome.not_before) == (None, None), outcome
    comparison = Comparison(canon_of(connector.PLATFORM.parser_name), _never, lambda _: None)
    pages = []
    for exchange in map(_lifelike, exchanges):
        records = list(parse(exchange))
        if len(records) >= FEWEST:
            changes = (
                comparison.compare(None, record, ResponseRef(AT, "<urn:uuid:1>")) for record in records
            )
            pages.append(_Page(exchange, [change.delta for change in changes if change is not None]))
    return pages


def _lifelike(exchange: Exchange) -> Exchange:
    """With what nearly every author on Bluesky has, and the sandbox leaves out."""
    shown = b'"author":{"avatar":"https://cdn.bsky.app/img/avatar/plain/did:plc:z72i7hdynmk6r22z27h6tvur/'
    shown += b'bafkreihwihm6kpd6zuwhhlro75p5qks5qtrcu55jp3gddbfjsieiv7wuka@jpeg","associated":{"chat":{"allowIncoming":"following"},'
    shown += b'"activitySubscription":{"allowSubscriptions":"followers"}},"did":'
    return replace(exchange, body=exchange.body.replace(b'"author":{"did":', shown))


def _never(held: RecordState) -> Record:
    raise AssertionError(f"{held} is new: nothing is read again")


def _tell(scene: Scene) -> None:
    """A place as districts use it: a hundred announcements, many with pictures and links, some quoting or
    passing on others, some answers of ours to what people ask; and one conversation of a hundred answers.
    """
    dice, network = random.Random(2), scene.network  # noqa: S311 (no secret: the same pages each time)
    post = scene.publish("Welcome", title="Welcome", at=AT - timedelta(days=60))
    federated = scene.platform in ("bluesky", "mastodon")
    for number in range(ITEMS):
        said, at = dice.choice(ANNOUNCEMENTS), AT - timedelta(hours=9 * (ITEMS - number))
        if federated and number % 10 == 3:
            network.repost(
                scene.us, network.publish(scene.teacher, dice.choice(ANNOUNCEMENTS).text, at=at), at=at
            )
        elif federated and number % 5 == 1:
            network.comment(
                scene.us,
                network.comment(scene.parent, post, dice.choice(OPENERS), at=at),
                dice.choice(OFFICIAL),
                at=at,
            )
        else:
            photos = [
                scene.photo(f"{said.photo or said.title}, picture {n}")
                for n in range(dice.choice((0, 1, 1, 2, 4)))
            ]
            more: dict[str, Any] = {"photos": photos} if photos else {}
            more |= {"quote": post} if scene.platform == "bluesky" and number % 10 == 7 else {}
            post = scene.publish(
                said.text, title=said.title, at=at, tags=list(said.tags), likes=dice.randint(0, 90), **more
            )
    for number in range(ITEMS if scene.stage.answered else 0):
        text = " ".join(
            dice.choice(some) for some in (OPENERS, HEATED, ANSWERS, OFFICIAL)[: dice.randint(1, 4)]
        )
        network.comment(
            dice.choice((scene.parent, scene.teacher)),
            post,
            text,
            at=post.created + timedelta(minutes=number),
        )
