"""An answer of X with what it includes, checked as far as the walk and the records both need it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, moment
from recordroom.platforms.http import wrong
from recordroom.platforms.schema import Reading, Shape, content_of, items
from recordroom.platforms.x import messages
from recordroom.platforms.x.schema import (
    ATTACHMENTS,
    BODY,
    HEAD,
    INCLUDES,
    MEDIA,
    META,
    METRICS,
    POLL,
    POST,
    REFERENCE,
    SPOT,
    USER,
)

EPOCH = 1_288_834_974_657  # ms: where the time in an id begins (https://docs.x.com/fundamentals/x-ids)
FIRST = datetime.fromtimestamp(EPOCH / 1000, UTC)
ID = re.compile(r"[0-9]{1,19}")
_SPREAD = {"reposted": "retweeted"}


def between(post: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Who wrote it, and whom it answers."""
    return post.get("author_id"), post.get("in_reply_to_user_id")


def accounts_named(post: Mapping[str, Any]) -> list[str]:
    """Ids of the accounts that it names."""
    mentions = (post.get("entities") or {}).get("mentions") or []
    return [str(one.get("id")) for one in mentions if isinstance(one, dict)]


def record_id_of(native: str) -> str:
    return f"x:{native}"


def either(holder: Mapping[str, Any], *names: str) -> Any:
    """What stands under the first of these names that is there: X uses two vocabularies."""
    for name in names:
        if (found := holder.get(name)) is not None:
            return found
    return None


def history_of(post: Mapping[str, Any]) -> list[str]:
    """Ids of all its versions, the oldest first."""
    return post.get("edit_history_post_ids") or post.get("edit_history_tweet_ids") or [post["id"]]


def references_of(post: Mapping[str, Any]) -> dict[str, str]:
    """The posts that it answers (replied_to), quotes (quoted) or passes on (retweeted)."""
    listed = post.get("referenced_posts") or post.get("referenced_tweets")
    return {_SPREAD.get(one["type"], one["type"]): one["id"] for one in listed} if listed else {}


def began_at(post: Mapping[str, Any]) -> datetime:
    """When its first version was published. Before ids had a time there were no edits."""
    with suppress(ValueError, OverflowError):
        if isinstance(told := post.get("created_at"), str) and (published := moment(told)) < FIRST:
            return published
    return time_of(history_of(post)[0])


def time_of(native: str) -> datetime:
    """When a post was published: the time stands in its id, since November 2010."""
    return datetime.fromtimestamp(((int(native) >> 22) + EPOCH) / 1000, UTC)


def media_keys_of(post: Mapping[str, Any]) -> list[str]:
    """Of the files that are attached to it, and of those of its article: its cover, then what stands in its
    text (each told by its key, or as an object that has it: X documents neither)."""
    attached = (post.get("attachments") or {}).get("media_keys") or []
    article = post.get("article")
    if not isinstance(article, dict):
        return attached
    inside = article.get("media_entities")
    told = [article.get("cover_media"), *(inside if isinstance(inside, list) else ())]
    keys = (one.get("media_key") if isinstance(one, dict) else one for one in told)
    return list(dict.fromkeys([*attached, *(key for key in keys if isinstance(key, str) and key)]))


def name_of(holder: Mapping[str, Any], *names: str) -> str:
    for name in names:
        if name in holder:
            return name
    return names[0]


UNHYDRATED = "field-hydration-failure"


def user_of(exchange: Exchange) -> dict[str, Any]:
    user: dict[str, Any] = body_of(exchange).get("data") or {}
    USER.check(user, exchange, "/data")
    return user


def next_token(page: Exchange) -> str | None:
    meta = Reading(page).part(META, body_of(page), "meta", "")
    token: str | None = meta.get("next_token")
    return token


def body_of(exchange: Exchange) -> dict[str, Any]:
    body: dict[str, Any] = content_of(exchange)
    BODY.check(body, exchange, "")
    return body


def posts_of(exchange: Exchange) -> list[dict[str, Any]]:
    found, reading = items(body_of(exchange).get("data") or [], exchange, "/data"), Reading(exchange)
    for i, post in enumerate(found):
        check_post(post, reading, f"/data/{i}", HEAD)
    return found


def sound_posts_of(exchange: Exchange) -> tuple[list[dict[str, Any]], View]:
    """The same, and what is included beside them; neither where one of these is odd: that is for `parse` to
    tell, and stops no capture.
    """
    try:
        view = View(Reading(exchange), body_of(exchange), HEAD)
        view.posts  # noqa: B018 (they are checked when they are read)
        return posts_of(exchange), view
    except UnexpectedResponse:
        return [], View(Reading(exchange), {}, HEAD)


def events_of(exchange: Exchange) -> list[dict[str, Any]]:
    found, reading = items(body_of(exchange).get("data") or [], exchange, "/data"), Reading(exchange)
    for i, event in enumerate(found):
        check_event(event, reading, f"/data/{i}")
    return found


def check_event(event: Any, reading: Reading, pointer: str) -> None:
    reading.check(messages.EVENT, event, pointer)
    if not ID.fullmatch(event["id"]):
        raise wrong(reading.exchange, f"{pointer}/id", "a number as text", event["id"])
    _check_keys(event, reading, pointer)


def people_of(exchange: Exchange) -> list[dict[str, str]]:
    found, reading = items(body_of(exchange).get("data") or [], exchange, "/data"), Reading(exchange)
    for i, person in enumerate(found):
        reading.check(USER, person, f"/data/{i}")
    return [{name: person[name] for name in ("id", "name", "username")} for person in found]


def replies_to(post: dict[str, Any], view: View, metrics: Mapping[str, Any] | None = None) -> int | None:
    """How many answered any of its versions; None where not all of them are told. `metrics`: its own, where
    they were looked at before.
    """
    total = 0
    for native in history_of(post):
        version = post if native == post["id"] else view.posts.get(native, {})
        known = metrics if version is post else None
        count = (known or view.reading.part(METRICS, version, "public_metrics", f"/{native}")).get(
            "reply_count"
        )
        if count is None:
            return None
        total += count
    return total


class View:
    """An answer and what it includes, by ids. `failed`: fields that X says it failed to give; it does not say
    of which posts.
    """

    def __init__(self, reading: Reading, body: dict[str, Any], shape: Shape = POST) -> None:
        self.reading, self.context, self.me, self.shape = reading, reading.context, reading.me, shape
        self.includes = reading.part(INCLUDES, body, "includes", "")
        self.ours, self.heard = (frozenset(self.context.get(name, ())) for name in ("ours", "heard"))
        self.places: Mapping[str, Sequence[Any]] = self.context.get("places", {})
        self.firsts: Mapping[str, str] = self.context.get("firsts", {})
        told = [one for one in body.get("errors") or () if isinstance(one, dict)]
        self.failed = [
            f"errors.{UNHYDRATED}.{one.get('field')}"
            for one in told
            if str(one.get("type", "")).endswith(f"/{UNHYDRATED}")
        ]

    def by(self, name: str, shape: Shape, key: str, *more: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """`more`: what was asked for beside it, which nobody has checked yet."""
        for one in more:
            self.reading.check(shape, one, f"/{name}")
        return {one[key]: one for one in (*self.reading.each(shape, self.includes, name, "/includes"), *more)}

    @cached_property
    def users(self) -> dict[str, dict[str, Any]]:
        return self.by("users", USER, "id")

    @cached_property
    def media(self) -> dict[str, dict[str, Any]]:
        return self.by("media", MEDIA, "media_key", *self.context.get("media", ()))

    @cached_property
    def polls(self) -> dict[str, dict[str, Any]]:
        return self.by("polls", POLL, "id", *self.context.get("polls", ()))

    @cached_property
    def spots(self) -> dict[str, dict[str, Any]]:
        return self.by("places", SPOT, "id")

    @cached_property
    def posts(self) -> dict[str, dict[str, Any]]:
        for name in ("posts", "tweets"):
            for i, post in enumerate(self.includes.get(name) or ()):
                check_post(post, self.reading, f"/includes/{name}/{i}", self.shape)
        found = {post["id"]: post for name in ("posts", "tweets") for post in self.includes.get(name) or ()}
        return {
            native: post
            for native, post in found.items()
            if native not in self.context.get("undescribed", ())
        }

    def describes(self, post: dict[str, Any]) -> bool:
        """Whether its files and its polls are told."""
        shelves = (("media", "media_key"), ("polls", "id"))
        told = [
            one.get(key)
            for name, key in shelves
            for one in self.includes.get(name) or ()
            if isinstance(one, dict)
        ]
        return all(
            key in told
            for key in (*media_keys_of(post), *((post.get("attachments") or {}).get("poll_ids") or ()))
        )

    def first(self, native: str) -> str:
        """The id under which a post that is only named is a record: that of its first version, where the
        answer tells.
        """
        post = self.posts.get(native)
        return history_of(post)[0] if post else self.firsts.get(native, native)

    def pointer(self, native: str) -> str:
        name = "posts" if self.includes.get("posts") else "tweets"
        return f"/includes/{name}/{[one['id'] for one in self.includes[name]].index(native)}"


def check_post(post: Any, reading: Reading, pointer: str, shape: Shape = POST) -> None:
    """A post, and that what becomes ids are ids."""
    reading.check(shape, post, pointer)
    reading.each(REFERENCE, post, name_of(post, "referenced_posts", "referenced_tweets"), pointer)
    history = history_of(post)
    for native in history if post["id"] in history else (post["id"], *history):
        if not isinstance(native, str) or not ID.fullmatch(native):
            raise wrong(reading.exchange, f"{pointer}/id", "a number as text", native)
    _check_keys(post, reading, pointer)


def _check_keys(post: dict[str, Any], reading: Reading, pointer: str) -> None:
    attached = reading.part(ATTACHMENTS, post, "attachments", pointer)
    for key in (*(attached.get("media_keys") or ()), *(attached.get("poll_ids") or ())):
        if not isinstance(key, str):
            raise wrong(reading.exchange, f"{pointer}/attachments", "texts", key)
