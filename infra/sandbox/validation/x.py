"""Refuse responses that X would not give, and fields that were not requested.

derive/x.py made x.json: {"operations": {path: {"schema", "parameters", "security", "scopes"}}, "$defs": ...}.
The description uses the newer names (post.fields). A request with tweet.fields gets a response in the older
names (WORDS); no response mixes them. The older names are from responses of the real API, and from
docs.x.com/x-api/fundamentals/data-dictionary as it was until 2026.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.schemas import Judge, read_description
from infra.sandbox.validation.signatures import PHOTOS, has_signature

DERIVED: dict[str, Any] = read_description("x")
WORDS = {  # older name -> newer name
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
ALWAYS = {  # kind -> fields that it has without a request for them
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
EXPANDED = {  # expansion -> the field that it adds to the object itself
    "attachments.media_keys": "attachments",
    "attachments.poll_ids": "attachments",
    "entities.mentions.username": "entities",
    "author_id": "author_id",
    "in_reply_to_user_id": "in_reply_to_user_id",
    "most_recent_post_id": "most_recent_post_id",
    "participant_ids": "participant_ids",
    "pinned_post_id": "pinned_post_id",
    "referenced_posts": "referenced_posts",
    "sender_id": "sender_id",
}
INCLUDED = {"posts": "Post", "users": "User", "media": "Media", "polls": "Poll"}
Asked = Mapping[str, Sequence[str]]  # parameter that chooses fields -> its values, both in the newer names


@dataclass(frozen=True)
class Form:
    """The form that a request gives to its response."""

    words: str  # "tweet" for the older names, "post" for the newer ones
    asked: Asked


def allowed_fields(kind: str, asked: Asked) -> set[str]:
    """Return the fields that an object of a kind may have."""
    expanded = (
        {EXPANDED[one] for one in asked.get("expansions", ()) if one in EXPANDED}
        if kind in ("Post", "User", "DmEvent")
        else set()
    )
    return {*ALWAYS[kind], *asked.get(FIELDS[kind], ()), *expanded}


def rename_fields(value: Any) -> Any:
    """Return a response with the newer names; raise Invalid if it has some."""
    if isinstance(value, list):
        return [rename_fields(one) for one in value]
    if isinstance(value, str) and value.startswith(PROBLEMS["tweet"]):
        return PROBLEMS["post"] + value.removeprefix(PROBLEMS["tweet"])
    if not isinstance(value, dict):
        return value
    if mixed := set(value) & set(WORDS.values()):
        raise Invalid(f"{', '.join(sorted(mixed))} in an answer to tweet.fields")
    return {WORDS.get(name, name): rename_fields(one) for name, one in value.items()}


@cache
def _judge(name: str) -> Judge:
    """Return the judge of an operation or of a definition."""
    if name in DERIVED["operations"]:
        schema = DERIVED["operations"][name]["schema"]
    elif name in DERIVED["$defs"]:
        schema = {"$ref": f"#/$defs/{name}"}
    else:
        raise Invalid(f"the description of X knows no {name}")
    return Judge(schema, DERIVED["$defs"], formats=True)


def _refuse(name: str, answer: Any) -> None:
    _judge(name).refuse(name, answer)


def things(operation: str, response: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (kind, object) for each object in a response."""
    data = response.get("data", [])
    if not operation.startswith("/2/usage"):
        users = re.fullmatch(
            r"/2/users(/(by(/username/\{username\})?|me|\{id\}(/blocking|/muting)?))?", operation
        )
        main = "User" if users else "DmEvent" if operation.startswith("/2/dm_") else "Post"
        yield from ((main, one) for one in (data if isinstance(data, list) else [data]))
    for name, kind in INCLUDED.items():
        yield from ((kind, one) for one in response.get("includes", {}).get(name, []))


def check(operation: str, form: Form, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a response; `operation` is the path as the description writes it."""
    for name in RATE_HEADERS:
        if not re.fullmatch(r"\d+", headers.get(name, "")):
            raise Invalid(f"{operation}: {name}: {headers.get(name)!r} is no number")
    answer = json.loads(body)
    answer = rename_fields(answer) if form.words == "tweet" else answer
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
        if extra := set(one) - allowed_fields(kind, form.asked):
            raise Invalid(f"{operation}: {kind}.{', '.join(sorted(extra))} not asked for")


def check_token(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a token, or the reason why there is none."""
    if status not in (200, 400, 401) or headers["Content-Type"] != JSON:
        raise Invalid(f"a token: {status} {headers['Content-Type']}")
    _refuse("Token" if status == 200 else "OAuthError", json.loads(body))


def check_media(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a media file; ton.twitter.com requires a token."""
    kind = headers["Content-Type"].partition(";")[0]
    is_refusal = (status, kind) in ((401, "text/plain"), (404, "text/plain"))
    is_file = status == 200 and has_signature(body, kind, (*PHOTOS, "video/mp4"))
    if not is_refusal and not is_file:
        raise Invalid(f"a media file: {status}, and no {kind}")
