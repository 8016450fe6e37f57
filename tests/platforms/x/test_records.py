"""Records from X's responses, in both vocabularies, and the fields that they must have."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import x

FIXTURES = Path(__file__).parent
OLD_WORDS = {
    "edit_history_post_ids": "edit_history_tweet_ids",
    "referenced_posts": "referenced_tweets",
    "note_post": "note_tweet",
    "repost_count": "retweet_count",
    "post_count": "tweet_count",
    "posts": "tweets",
}


def old_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {OLD_WORDS.get(name, name): old_words(one) for name, one in value.items()}
    return [old_words(one) for one in value] if isinstance(value, list) else value


def exchange_of(name: str, body: Any = None) -> Exchange:
    wrapped = json.loads((FIXTURES / f"{name}.json").read_text())
    return Exchange(
        "GET", wrapped["request"]["url"], 200, (), orjson.dumps(body or wrapped["body"]), wrapped["context"]
    )


@pytest.mark.parametrize("name", ["ordinary", "edited", "replies", "media"])
def test_both_vocabularies_say_the_same(name: str) -> None:
    old = old_words(json.loads((FIXTURES / f"{name}.json").read_text())["body"])
    told, again = list(x.parse(exchange_of(name))), list(x.parse(exchange_of(name, old)))
    for record in again:
        record.pointer = record.pointer.replace("/includes/tweets", "/includes/posts")
    assert told == again
    assert not any(record.leftover for record in told)


def test_a_renamed_property_is_named() -> None:
    body = json.loads((FIXTURES / "replies.json").read_text())["body"]
    body["data"][1]["content"] = body["data"][1].pop("text")
    with pytest.raises(UnexpectedResponse, match=r"/data/1/text must be text, found nothing$"):
        list(x.parse(exchange_of("replies", body)))
    body = json.loads((FIXTURES / "replies.json").read_text())["body"]
    body["data"][1]["mood"] = "glad"
    assert [r.leftover for r in x.parse(exchange_of("replies", body))][1] == ("mood",)


@pytest.mark.parametrize(
    "told", [str, lambda key: {"media_key": key, "media_id": key.partition("_")[2]}], ids=["keys", "objects"]
)
def test_the_pictures_of_an_article_are_files_of_the_post(told: Callable[[str], Any]) -> None:
    """X documents that they can be requested, but not in which form it gives them."""
    body = json.loads((FIXTURES / "media.json").read_text())["body"]
    post = next(one for one in body["data"] if "article" in one)
    post["article"] |= {"cover_media": told("3_1"), "media_entities": [told("3_2"), told("3_1"), told("3_3")]}
    body["includes"]["media"] += [
        {"media_key": f"3_{n}", "type": "photo", "url": f"https://pbs.twimg.com/media/{n}.jpg"}
        for n in (1, 2)
    ]
    record = next(r for r in x.parse(exchange_of("media", body)) if r.native_id == post["id"])
    assert [(m.identity, m.type, m.url is None) for m in record.media] == [
        ("3_1", "image", False), ("3_2", "image", False), ("3_3", "image", True),
    ]  # fmt: skip
    assert record.leftover == ()


def test_an_empty_answer_must_say_that_it_is_empty() -> None:
    with pytest.raises(UnexpectedResponse, match="result_count of 0"):
        list(x.parse(exchange_of("replies", {"meta": {}})))


def test_copies_do_not_change_what_is_parsed() -> None:
    exchange = exchange_of("media")
    context = copy.deepcopy(exchange.context)
    list(x.parse(exchange))
    assert exchange.context == context
