"""What a request to X asks for: its parameters, held to the description, in the older words (tweet.fields) or
the newer (post.fields).

Inside, everything has the newer words. Who names none of either is answered in the older ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from infra.sandbox.faces.x_errors import invalid
from infra.sandbox.validation.x import DERIVED, PROBLEMS, WORDS, Form

OLDER = {newer: older for older, newer in WORDS.items()}
RENAMED = {  # expansions: older: newer
    "attachments.media_keys": "attachments.media_keys",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "pinned_tweet_id": "pinned_post_id",
    "most_recent_tweet_id": "most_recent_post_id",
    "referenced_tweets.id": "referenced_posts",
}
AUTHORS = "referenced_tweets.id.author_id"  # the older words have it, the newer do not
EXPANDED_ONLY = {  # which are fields in the older words too
    "dm_event.fields": ("participant_ids", "referenced_posts", "sender_id"),
    "post.fields": ("author_id", "in_reply_to_user_id", "referenced_posts", "edit_history_post_ids"),
    "user.fields": ("pinned_post_id", "most_recent_post_id"),
}
LISTS = (
    "post.fields",
    "user.fields",
    "media.fields",
    "poll.fields",
    "place.fields",
    "dm_event.fields",
    "expansions",
)


@dataclass(frozen=True)
class Query:
    words: str  # tweet or post
    values: Mapping[str, Any]  # numbers, words and lists, in the newer words
    authors: bool = False  # those of referenced posts, too

    def chosen(self, name: str) -> list[str]:
        found: list[str] = self.values.get(name, [])
        return found

    def expands(self, name: str) -> bool:
        return name in self.chosen("expansions")

    @property
    def form(self) -> Form:
        """What validation holds the answer to."""
        return Form(self.words, {name: self.chosen(name) for name in LISTS})


def words_of(given: Mapping[str, str]) -> str:
    newer = "post.fields" in given or any("post" in one for one in given.get("expansions", "").split(","))
    return "post" if newer else "tweet"


def read(operation: str, given: Mapping[str, str]) -> Query:
    """The parameters of a request; refuses one that is not known, or has a value that it does not take."""
    words, known = words_of(given), DERIVED["operations"][operation]["parameters"]
    values: dict[str, Any] = {}
    for name, raw in given.items():
        newer = "post.fields" if name == "tweet.fields" and words == "tweet" else name
        if newer not in known or (name == "post.fields") != (newer == "post.fields" and words == "post"):
            shown = ",".join(
                sorted("tweet.fields" if one == "post.fields" and words == "tweet" else one for one in known)
            )
            raise invalid(name, raw, f"The query parameter [{name}] is not one of [{shown}]")
        values[newer] = _value(name, newer, raw, known[newer], words)
    for name in ("ids", "usernames", "query"):
        if name in known and name not in values:
            raise invalid(name, "", f"The `{name}` query parameter can not be empty")
    authors = AUTHORS in given.get("expansions", "").split(",") and words == "tweet"
    return Query(words, values, authors)


def _value(name: str, newer: str, raw: str, schema: Mapping[str, Any], words: str) -> Any:
    value: Any = raw
    if schema.get("type") == "integer":
        value = int(raw) if raw.lstrip("-").isdigit() else raw
    elif schema.get("type") == "array":
        value = [_newer(newer, one) for one in raw.split(",")] if words == "tweet" else raw.split(",")
        value = [one for one in value if one != AUTHORS]
        if newer in EXPANDED_ONLY and words == "tweet":
            schema = {**schema, "items": {"enum": [*schema["items"]["enum"], *EXPANDED_ONLY[newer]]}}
        schema = {**schema, "minItems": 0} if newer == "expansions" else schema
    if next(Draft202012Validator({**schema, "$defs": DERIVED["$defs"]}).iter_errors(value), None):
        raise invalid(name, raw, f"The `{name}` query parameter value [{raw}] is not valid")
    return value


def _newer(name: str, word: str) -> str:
    """A field or an expansion in the newer words; one that the older do not have becomes nothing that is
    known.
    """
    renamed = RENAMED if name == "expansions" else WORDS
    if word in renamed:
        return renamed[word]
    return f"newer {word}" if name in LISTS and word in renamed.values() and word not in renamed else word


def older(value: Any) -> Any:
    """An answer in the older words."""
    if isinstance(value, list):
        return [older(one) for one in value]
    if isinstance(value, str):
        return (
            value.replace(PROBLEMS["post"], PROBLEMS["tweet"], 1)
            if value.startswith(PROBLEMS["post"])
            else value
        )
    return (
        {OLDER.get(name, name): older(one) for name, one in value.items()}
        if isinstance(value, dict)
        else value
    )
