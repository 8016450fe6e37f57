"""Posts, messages, and people of X, and the responses that hold them.

X writes one thing in two vocabularies (`referenced_tweets` or `referenced_posts`, `note_tweet` or
`note_post`, `retweet_count` or `repost_count`). Both are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from typing import Any, cast

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, moment
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.schema import Reading, Shape, load_content, require_list
from recordroom.platforms.x.schema import (
    ATTACHMENTS,
    BODY,
    EVENT,
    HEAD,
    INCLUDES,
    MEDIA,
    META,
    METRICS,
    PLACE,
    POLL,
    POST,
    REFERENCE,
    USER,
    XContext,
)

EPOCH = 1_288_834_974_657  # milliseconds: the time of ID 0 (https://docs.x.com/fundamentals/x-ids)
IDS_HAVE_TIMES_SINCE = datetime.fromtimestamp(EPOCH / 1000, UTC)
ID = re.compile(r"[0-9]{1,19}")
_FAILED_FIELD = "field-hydration-failure"
_REFERENCE_TYPES = {"reposted": "retweeted"}  # the newer vocabulary -> the older one

# -- what an item says of itself ---------------------------------------------------------------------------


def record_id_of(native: str) -> str:
    return f"x:{native}"


def is_event(item: Mapping[str, Any]) -> bool:
    """Whether an item is an event of a private conversation, and no post."""
    return "dm_conversation_id" in item or "event_type" in item


def participants_of(post: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the IDs of the author, and of the account to which the post replies."""
    return post.get("author_id"), post.get("in_reply_to_user_id")


def mentioned_accounts(post: Mapping[str, Any]) -> list[str]:
    """Return the IDs of the accounts that a post names."""
    mentions = (post.get("entities") or {}).get("mentions") or []
    return [str(one.get("id")) for one in mentions if isinstance(one, dict)]


def versions_of(post: Mapping[str, Any]) -> list[str]:
    """Return the IDs of all versions of a post, the oldest first."""
    return post.get("edit_history_post_ids") or post.get("edit_history_tweet_ids") or [post["id"]]


def references_of(post: Mapping[str, Any]) -> dict[str, str]:
    """Return the IDs of other posts: `replied_to`, `quoted`, and `retweeted` -> ID."""
    listed = post.get("referenced_posts") or post.get("referenced_tweets")
    return {_REFERENCE_TYPES.get(one["type"], one["type"]): one["id"] for one in listed} if listed else {}


def first_published_at(post: Mapping[str, Any]) -> datetime:
    """Return when the first version of a post was published.

    Posts from before IDs had a time have one version, because there were no edits.
    """
    with suppress(ValueError, OverflowError):
        if isinstance(told := post.get("created_at"), str) and (at := moment(told)) < IDS_HAVE_TIMES_SINCE:
            return at
    return time_of(versions_of(post)[0])


def time_of(native: str) -> datetime:
    """Return the time in an ID. IDs have had one since November 2010."""
    return datetime.fromtimestamp(((int(native) >> 22) + EPOCH) / 1000, UTC)


def media_keys_of(post: Mapping[str, Any]) -> list[str]:
    """Return the keys of a post's files, then those of its article, the cover first.

    X does not document how an article names a file: by its key, or as an object with the key. Both are read.
    """
    attached = (post.get("attachments") or {}).get("media_keys") or []
    article = post.get("article")
    if not isinstance(article, dict):
        return attached
    inside = article.get("media_entities")
    told = [article.get("cover_media"), *(inside if isinstance(inside, list) else ())]
    keys = (one.get("media_key") if isinstance(one, dict) else one for one in told)
    return list(dict.fromkeys([*attached, *(key for key in keys if isinstance(key, str) and key)]))


def first_value(holder: Mapping[str, Any], name: str, other: str) -> Any:
    """Return the value of the first of two fields that has one; None: none has."""
    found = holder.get(name)
    return holder.get(other) if found is None else found


def first_name(holder: Mapping[str, Any], name: str, other: str) -> str:
    """Return the second name of a field if only that one is there; else the first."""
    return other if other in holder and name not in holder else name


# -- the items of a response -------------------------------------------------------------------------------


def body_of(exchange: Exchange) -> dict[str, Any]:
    body: dict[str, Any] = load_content(exchange)
    BODY.check(body, exchange, "")
    return body


def next_token(page: Exchange) -> str | None:
    """Return the token of the page behind this one; None: this is the last one."""
    meta = Reading(page).read_object(META, body_of(page), "meta", "")
    token: str | None = meta.get("next_token")
    return token


def user_of(exchange: Exchange) -> dict[str, Any]:
    """Return the user that a response consists of."""
    user: dict[str, Any] = body_of(exchange).get("data") or {}
    USER.check(user, exchange, "/data")
    return user


def posts_of(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the posts of a response, checked as far as a crawl needs them."""
    found, reading = require_list(body_of(exchange).get("data") or [], exchange, "/data"), Reading(exchange)
    for i, post in enumerate(found):
        check_post(post, reading, f"/data/{i}", HEAD)
    return found


def posts_if_sound(exchange: Exchange) -> tuple[list[dict[str, Any]], XResponse]:
    """Return the posts of a response, and the response; both empty if a post is odd.

    An odd post stops no crawl: `parse` reports it.
    """
    try:
        response = XResponse(Reading(exchange), body_of(exchange), HEAD)
        response.posts  # noqa: B018 (included posts are checked when they are read)
        return posts_of(exchange), response
    except UnexpectedResponse:
        return [], XResponse(Reading(exchange), {}, HEAD)


def events_of(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the events of a page of private messages."""
    found, reading = require_list(body_of(exchange).get("data") or [], exchange, "/data"), Reading(exchange)
    for i, event in enumerate(found):
        check_event(event, reading, f"/data/{i}")
    return found


def people_of(exchange: Exchange) -> list[dict[str, str]]:
    """Return `id`, `name`, and `username` of each person on a page of people."""
    found, reading = require_list(body_of(exchange).get("data") or [], exchange, "/data"), Reading(exchange)
    for i, person in enumerate(found):
        reading.check(USER, person, f"/data/{i}")
    return [{name: person[name] for name in ("id", "name", "username")} for person in found]


class XResponse:
    """A response of X: the items that it includes besides the requested ones.

    reading: the response while it is read.
    shape: the shape of its included posts.
    ours, heard, places, firsts: keys of XContext.
    failed_fields: fields that X says it failed to give. It does not name the posts.
    """

    def __init__(self, reading: Reading, body: dict[str, Any], shape: Shape = POST) -> None:
        self.reading, self.me, self.shape = reading, reading.me, shape
        self.context = cast(XContext, reading.context)
        self.includes = reading.read_object(INCLUDES, body, "includes", "")
        self.ours, self.heard = (
            frozenset(self.context.get("ours", ())),
            frozenset(self.context.get("heard", ())),
        )
        self.places: Mapping[str, Sequence[Any]] = self.context.get("places", {})
        self.firsts: Mapping[str, str] = self.context.get("firsts", {})
        told = [one for one in body.get("errors") or () if isinstance(one, dict)]
        self.failed_fields = [
            f"errors.{_FAILED_FIELD}.{one.get('field')}"
            for one in told
            if str(one.get("type", "")).endswith(f"/{_FAILED_FIELD}")
        ]

    @cached_property
    def users(self) -> dict[str, dict[str, Any]]:
        return self._by_key("users", USER, "id")

    @cached_property
    def media(self) -> dict[str, dict[str, Any]]:
        return self._by_key("media", MEDIA, "media_key", *self.context.get("media", ()))

    @cached_property
    def polls(self) -> dict[str, dict[str, Any]]:
        return self._by_key("polls", POLL, "id", *self.context.get("polls", ()))

    @cached_property
    def tagged_places(self) -> dict[str, dict[str, Any]]:
        """The places with which posts are tagged."""
        return self._by_key("places", PLACE, "id")

    @cached_property
    def posts(self) -> dict[str, dict[str, Any]]:
        """The included posts, without those whose files X failed to describe."""
        for name in ("posts", "tweets"):
            for i, post in enumerate(self.includes.get(name) or ()):
                check_post(post, self.reading, f"/includes/{name}/{i}", self.shape)
        found = {post["id"]: post for name in ("posts", "tweets") for post in self.includes.get(name) or ()}
        undescribed = self.context.get("undescribed", ())
        return {native: post for native, post in found.items() if native not in undescribed}

    def _by_key(self, name: str, shape: Shape, key: str, *more: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Index the included items of a kind.

        more: items that were requested separately. They have not been checked yet.
        """
        for one in more:
            self.reading.check(shape, one, f"/{name}")
        return {
            one[key]: one
            for one in (*self.reading.read_objects(shape, self.includes, name, "/includes"), *more)
        }

    def describes(self, post: dict[str, Any]) -> bool:
        """Whether the response describes the files and polls of a post."""
        kinds = (("media", "media_key"), ("polls", "id"))
        described = [
            one.get(key)
            for name, key in kinds
            for one in self.includes.get(name) or ()
            if isinstance(one, dict)
        ]
        polls = (post.get("attachments") or {}).get("poll_ids") or ()
        return all(key in described for key in (*media_keys_of(post), *polls))

    def first_version_of(self, native: str) -> str:
        """Return the ID of a post's first version; the same ID if none is known."""
        post = self.posts.get(native)
        return versions_of(post)[0] if post else self.firsts.get(native, native)

    def pointer_to(self, native: str) -> str:
        """Return the JSON pointer to an included post."""
        name = "posts" if self.includes.get("posts") else "tweets"
        return f"/includes/{name}/{[one['id'] for one in self.includes[name]].index(native)}"

    def count_replies(self, post: dict[str, Any], metrics: Mapping[str, Any] | None = None) -> int | None:
        """Return how many replies all versions of a post have; None: not all are counted.

        metrics: those of the post, if they have been read before.
        """
        total = 0
        for native in versions_of(post):
            version = post if native == post["id"] else self.posts.get(native, {})
            known = metrics if version is post else None
            part = known or self.reading.read_object(METRICS, version, "public_metrics", f"/{native}")
            count = part.get("reply_count")
            if count is None:
                return None
            total += count
        return total


def check_event(event: Any, reading: Reading, pointer: str) -> None:
    """Check an event of a private conversation, and that its IDs are IDs."""
    reading.check(EVENT, event, pointer)
    if not ID.fullmatch(event["id"]):
        raise unexpected_field(reading.exchange, f"{pointer}/id", "a number as text", event["id"])
    _check_attachments(event, reading, pointer)


def check_post(post: Any, reading: Reading, pointer: str, shape: Shape = POST) -> None:
    """Check a post, and that its IDs are IDs."""
    reading.check(shape, post, pointer)
    reading.read_objects(REFERENCE, post, first_name(post, "referenced_posts", "referenced_tweets"), pointer)
    versions = versions_of(post)
    for native in versions if post["id"] in versions else (post["id"], *versions):
        if not isinstance(native, str) or not ID.fullmatch(native):
            raise unexpected_field(reading.exchange, f"{pointer}/id", "a number as text", native)
    _check_attachments(post, reading, pointer)


def _check_attachments(item: dict[str, Any], reading: Reading, pointer: str) -> None:
    attached = reading.read_object(ATTACHMENTS, item, "attachments", pointer)
    for key in chain(attached.get("media_keys") or (), attached.get("poll_ids") or ()):
        if not isinstance(key, str):
            raise unexpected_field(reading.exchange, f"{pointer}/attachments", "texts", key)
