"""Responses that are lost, and a store that goes away."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from recordroom.archive import disk, records
from recordroom.capture.segment import waiting_rows
from recordroom.errors import ServiceUnavailable, SpoolFull
from tests.capture.proxy import Lose, Proxy, proxied
from tests.capture.races.acts import START, before, first_act, second_act
from tests.capture.stage import US, Play, opened
from tests.imports.taking import taken
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def lossy(s3: S3) -> Iterator[tuple[S3, Proxy]]:
    with proxied(s3) as found:
        yield found


def through(play: Play, s3: S3, *, tries: int) -> None:
    """Connect a play to its store through a proxy; `tries`: botocore's attempts for each request."""
    config = Config(
        signature_version="s3v4",
        retries={"total_max_attempts": tries, "mode": "standard"},
        s3={"addressing_style": "path"},
    )
    client = boto3.client(
        "s3",
        endpoint_url=s3.endpoint,
        config=config,
        aws_access_key_id=s3.access_key,
        aws_secret_access_key=s3.secret_key,
        region_name=s3.region,
    )
    place = play.archive.place
    play.archive.place = replace(
        place, archive=replace(place.archive, client=client), derived=replace(place.derived, client=client)
    )


@pytest.fixture
def behind(play: Play, lossy: tuple[S3, Proxy]) -> Iterator[tuple[Play, Proxy]]:
    s3, proxy = lossy
    through(play, s3, tries=1)
    yield play, proxy
    proxy.lose, proxy.away = lambda *_: False, False


def nth_put(number: int) -> Lose:
    counted = itertools.count(1)
    return lambda method, _path: method == "PUT" and next(counted) == number


def test_the_answer_to_each_put_is_lost_once(
    s3: S3, shared: Buckets, lossy: tuple[S3, Proxy], undisturbed: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    behind, proxy = lossy
    number, puts = 1, 0
    while number <= max(puts, 1):
        play = opened(s3, shared, tmp_path / str(number), start=START)
        first = first_act(play)
        second_act(play, *first)
        through(play, behind, tries=1)
        proxy.lose = nth_put(number)
        asked = len(proxy.asked)
        outcome = play.sound()
        puts = sum(method == "PUT" for method, _ in proxy.asked[asked:])
        assert (outcome.new, outcome.changed) == (1, 2), f"PUT {number} of {puts}"
        assert play.told() == undisturbed, f"PUT {number} of {puts}"
        proxy.lose = lambda *_: False
        number += 1
    assert number > 4, "a photo, the evidence, the manifest and the rows were put"


def test_botocore_itself_repeats_a_put_whose_answer_was_lost(
    play: Play, lossy: tuple[S3, Proxy], undisturbed: list[tuple[Any, ...]]
) -> None:
    """The repeated put is refused because the first one was carried out: the object is ours anyway."""
    s3, proxy = lossy
    second_act(play, *first_act(play))
    through(play, s3, tries=3)
    first, asked = nth_put(1), len(proxy.asked)
    proxy.lose = lambda method, path: "/ledger/" in path and first(method, path)
    play.sound()
    proxy.lose = lambda *_: False
    puts = [path for method, path in proxy.asked[asked:] if method == "PUT" and "/ledger/" in path]
    assert len(puts) == 2
    assert puts[0] == puts[1]
    assert play.told() == undisturbed


@pytest.mark.parametrize("before_", ["media/", "evidence/", "ledger/capture", "records/"])
def test_a_store_that_goes_away_in_the_middle(
    behind: tuple[Play, Proxy], undisturbed: list[tuple[Any, ...]], before_: str
) -> None:
    """It goes away right before a photo, the evidence, the manifest, or the rows.

    The new post is removed by the time the store is back.
    """
    play, proxy = behind
    second_act(play, *first_act(play))

    def away() -> None:
        proxy.away = True
        play.archive.archive.client.close()

    with before(play.archive.archive, "PUT", before_, away), pytest.raises(ServiceUnavailable) as caught:
        play.capture()
    assert caught.value.exit_code == 3
    with pytest.raises(ServiceUnavailable):
        play.capture()
    proxy.away = False
    new = max(play.network.posts.values(), key=lambda p: p.number)
    play.network.remove(new)
    play.sound()
    assert [t for t in play.told() if t[2] == "visible"] == [t for t in undisturbed if t[2] == "visible"], (
        "nothing is lost"
    )
    assert [t[1:3] for t in play.told() if t[3] == "Closed today"] == [(1, "visible"), (2, "unavailable")]
    assert not [p for p in (play.folder / "spool/mastodon" / play.name).iterdir() if p.is_dir()]


@contextmanager
def no_rows(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the derived bucket away right after a commit; afterwards, enough time seems to have passed."""

    def away(*_: object) -> None:
        raise ServiceUnavailable("the derived bucket is away")

    patch.setattr(waiting_rows, "CLOCKS", timedelta(0))
    with patch.context() as meanwhile:
        meanwhile.setattr(records, "put", away)
        with pytest.raises(ServiceUnavailable, match="derived bucket"):
            yield


def test_rows_that_were_left_out_are_made_after_a_capture_that_met_a_full_disk(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.network.publish(US, "Snow")
    play.sound()
    play.network.publish(US, "Ice")
    with no_rows(monkeypatch):
        play.capture()
    with monkeypatch.context() as patch:
        patch.setattr(disk, "put", _full)
        assert "no room" in (play.capture().failure or "")
    play.sound()
    assert {row["text"] for row in play.rows()} == {"Snow", "Ice"}


def _full(*_: object, **__: object) -> None:
    raise SpoolFull("no room for anything")


def test_whether_rows_lack_is_asked_of_those_alone_that_were_written_since(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agency pays for this a hundred times a day.

    It is one listing of snapshots, and no other request to the derived bucket.
    """
    monkeypatch.setattr(waiting_rows, "CLOCKS", timedelta(0))
    play.network.publish(US, "Snow")
    play.sound()
    asked, derived = list[int](), play.archive.derived
    for _ in range(2):
        before_ = derived.requests
        assert play.sound().new == 0
        asked.append(derived.requests - before_)
    assert asked == [3, 1], "first the catalog too, and whether the file of the rows is there"


def test_rows_that_an_import_left_out_are_made_though_the_first_capture_fails(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the platform has responded, the account's identity is unknown.

    The index would wait for these rows forever.
    """
    told = {
        "record_id": "mastodon:social.test/statuses/7",
        "kind": "post",
        "text": "Snow",
        "published_at": "2020-01-13T16:00:00Z",
    }
    (tmp_path / "old.jsonl").write_text(json.dumps(told) + "\n")
    with no_rows(monkeypatch):
        taken(play, tmp_path / "old.jsonl", form="jsonl")
    with play.between.meanwhile("lookup", lambda *_: httpx.Response(404)):
        assert play.capture().failure
    assert [row["text"] for row in play.rows()] == ["Snow"]
