"""Refuses what X would not answer: types, required fields and enumerations of its OpenAPI description, and
what was not asked for.

The shapes stand in x.json, derived by derive_x.py: {"operations": {path: {"schema", "parameters", "security",
"scopes"}}, "$defs": ...}. The description has the newer words, post.fields and what goes with it; whoever
asks with tweet.fields is answered in the older ones, WORDS. An answer mixes them never. Source of the older
words: docs.x.com/x-api/fundamentals/data-dictionary as it was until 2026, and answers of the real API.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.judging import Judge

DERIVED: dict[str, Any] = json.loads(Path(__file__).with_name("x.json").read_text())
WORDS = {  # older: newer
    "edit_history_tweet_ids": "edit_history_post_ids",
    "most_recent_tweet_id": "most_recent_post_id",
    "note_tweet": "note_post",
    "pinned_tweet_id": "pinned_post_id",
    "referenced_tweets": "referenced_posts",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "tweets": "posts",
}
PROBLEMS = {"tweet": "https://api.twitter.com/2/problems/", "post": "https://api.x.com/2/problems/"}
RATE_HEADERS = ("x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset")
JSON, PROBLEM = "application/json; charset=utf-8", "application/problem+json"
STATUSES = (400, 401, 402, 403, 404, 429)
ALWAYS = {
    "DmEvent": ("id", "event_type", "text"),
    "Post": ("id", "text", "edit_history_post_ids"),
    "User": ("id", "name", "username"),
    "Media": ("media_key", "type"),
    "Poll": ("id", "options"),
}
FIELDS = {
    "Post": "post.fields",
    "User": "user.fields",
    "Media": "media.fields",
    "Poll": "poll.fields",
    "DmEvent": "dm_event.fields",
}
EXPANDED = {  # what an expansion brings into the thing itself
    "attachments.media_keys": "attachments",
    "attachments.poll_ids": "attachments",
    "entities.mentions.username": "entities",
    **{
        name: name
        for name in (
            "author_id",
            "in_reply_to_user_id",
            "referenced_posts",
            "pinned_post_id",
            "most_recent_post_id",
        )
    },
    **{name: name for name in ("participant_ids", "sender_id")},
}
INCLUDED = {"posts": "Post", "users": "User", "media": "Media", "polls": "Poll"}
Asked = Mapping[str, Sequence[str]]  # of the parameters that choose fields, in the newer words


@dataclass(frozen=True)
class Form:
    """What an answer has to look like. `words`: "tweet" for the older ones, "post" for the newer."""

    words: str
    asked: Asked


def allowed(kind: str, asked: Asked) -> set[str]:
    """The fields that a thing of the kind may have."""
    expanded = (
        {EXPANDED[one] for one in asked.get("expansions", ()) if one in EXPANDED}
        if kind in ("Post", "User", "DmEvent")
        else set()
    )
    return {*ALWAYS[kind], *asked.get(FIELDS[kind], ()), *expanded}


def newer(value: Any) -> Any:
    """The same answer in the newer words; what has them already is refused."""
    if isinstance(value, list):
        return [newer(one) for one in value]
    if isinstance(value, str) and value.startswith(PROBLEMS["tweet"]):
        return PROBLEMS["post"] + value.removeprefix(PROBLEMS["tweet"])
    if not isinstance(value, dict):
        return value
    if mixed := set(value) & set(WORDS.values()):
        raise Invalid(f"{', '.join(sorted(mixed))} in an answer to tweet.fields")
    return {WORDS.get(name, name): newer(one) for name, one in value.items()}


@cache
def _judge(name: str) -> Judge:
    schema = (
        DERIVED["operations"][name]["schema"]
        if name in DERIVED["operations"]
        else {"$ref": f"#/$defs/{name}"}
    )
    if name not in DERIVED["operations"] and name not in DERIVED["$defs"]:
        raise Invalid(f"the description of X knows no {name}")
    return Judge({**schema, "$defs": DERIVED["$defs"]}, formats=True)


def _refuse(name: str, answer: Any) -> None:
    _judge(name).refuse(name, answer)


def things(operation: str, answer: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind, thing) of all that an answer holds."""
    data = answer.get("data", [])
    if not operation.startswith("/2/usage"):
        users = re.fullmatch(
            r"/2/users(/(by(/username/\{username\})?|me|\{id\}(/blocking|/muting)?))?", operation
        )
        main = "User" if users else "DmEvent" if operation.startswith("/2/dm_") else "Post"
        yield from ((main, one) for one in (data if isinstance(data, list) else [data]))
    for name, kind in INCLUDED.items():
        yield from ((kind, one) for one in answer.get("includes", {}).get(name, []))


def check(operation: str, form: Form, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """`operation` is the path as the description writes it."""
    for name in RATE_HEADERS:
        if not re.fullmatch(r"\d+", headers.get(name, "")):
            raise Invalid(f"{operation}: {name}: {headers.get(name)!r} is no number")
    answer = json.loads(body)
    answer = newer(answer) if form.words == "tweet" else answer
    if headers["Content-Type"] != (JSON if status == 200 else PROBLEM):
        raise Invalid(f"{operation}: {status} as {headers['Content-Type']}")
    if status != 200:
        if status not in STATUSES or answer.get("status", status) != status:
            raise Invalid(f"{operation}: no error has the status {status}: {answer}")
        _refuse("Refusal", answer)
        return
    _refuse(operation, answer)
    if not answer.keys() & {"data", "errors", "meta"}:
        raise Invalid(f"{operation}: neither data nor errors nor meta")
    for kind, one in things(operation, answer):
        if extra := set(one) - allowed(kind, form.asked):
            raise Invalid(f"{operation}: {kind}.{', '.join(sorted(extra))} not asked for")


def check_token(status: int, headers: Mapping[str, str], body: bytes) -> None:
    if status not in (200, 400, 401) or headers["Content-Type"] != JSON:
        raise Invalid(f"a token: {status} {headers['Content-Type']}")
    _refuse("Token" if status == 200 else "OAuthError", json.loads(body))


MEDIA = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG", "video/mp4": b"\0\0\0\x18ftyp"}


def check_media(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A file of pbs.twimg.com or video.twimg.com, or of ton.twitter.com, which asks who is there."""
    kind = headers["Content-Type"].partition(";")[0]
    if (status, kind) not in ((401, "text/plain"), (404, "text/plain")) and (
        status != 200 or not body.startswith(MEDIA.get(kind, b"\0no such type"))
    ):
        raise Invalid(f"a media file: {status}, and no {kind}")
