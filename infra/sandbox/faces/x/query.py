"""The parameters of a request to X, and X's search queries.

Parameters are checked against the description, with the older names (tweet.fields) or the newer ones
(post.fields). Internally, all names are the newer ones. A request with neither gets the older ones.

Search supports these operators:

conversation_id:1  from:name  to:name  @name  is:reply  is:retweet  is:quote  -is:retweet  word
this that          both; applied before OR
this OR that       one of them; parentheses are not supported

Source: docs.x.com/x-api/posts/search/integrate/operators. The documentation leaves open whether
conversation_id finds the root post; here it does.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from jsonschema import Draft202012Validator

from infra.sandbox.faces.x.access import Access, user_id
from infra.sandbox.faces.x.errors import invalid
from infra.sandbox.model import Post
from infra.sandbox.validation.x import DERIVED, PROBLEMS, WORDS, Form

OLDER = {newer: older for older, newer in WORDS.items()}
RENAMED = {  # expansions: older name: newer name
    "attachments.media_keys": "attachments.media_keys",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "pinned_tweet_id": "pinned_post_id",
    "most_recent_tweet_id": "most_recent_post_id",
    "referenced_tweets.id": "referenced_posts",
}
AUTHORS = "referenced_tweets.id.author_id"  # has no newer name
EXPANDED_ONLY = {  # also fields in the older names
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
RECENT = timedelta(days=7)
# in characters: docs.x.com/x-api/posts/search/introduction, /quickstart/full-archive-search
LONGEST = {"recent": 512, "all": 1_024}
Test = Callable[[Access, Post, str], bool]


@dataclass(frozen=True)
class Query:
    """The checked parameters of a request."""

    words: str  # which names: "tweet" (older) or "post" (newer)
    values: Mapping[str, Any]  # numbers, texts, and lists, in the newer names
    authors: bool = False  # include the authors of referenced posts

    def chosen(self, name: str) -> list[str]:
        found: list[str] = self.values.get(name, [])
        return found

    def expands(self, name: str) -> bool:
        return name in self.chosen("expansions")

    @property
    def form(self) -> Form:
        """Return the form against which the response is checked."""
        return Form(self.words, {name: self.chosen(name) for name in LISTS})


def names_of(given: Mapping[str, str]) -> str:
    newer = "post.fields" in given or any("post" in one for one in given.get("expansions", "").split(","))
    return "post" if newer else "tweet"


def read_query(operation: str, given: Mapping[str, str]) -> Query:
    """Return the parameters of a request; refuse unknown names and invalid values."""
    words, parameters = names_of(given), DERIVED["operations"][operation]["parameters"]
    values: dict[str, Any] = {}
    for name, raw in given.items():
        newer = "post.fields" if name == "tweet.fields" and words == "tweet" else name
        if newer not in parameters or (name == "post.fields") != (newer == "post.fields" and words == "post"):
            shown = ",".join(
                sorted(
                    "tweet.fields" if one == "post.fields" and words == "tweet" else one for one in parameters
                )
            )
            raise invalid(name, raw, f"The query parameter [{name}] is not one of [{shown}]")
        values[newer] = _value(name, newer, raw, parameters[newer], words)
    for name in ("ids", "usernames", "query"):
        if name in parameters and name not in values:
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
    """Return the newer name of a field or expansion.

    A newer name in an older request becomes an unknown one.
    """
    renamed = RENAMED if name == "expansions" else WORDS
    if word in renamed:
        return renamed[word]
    return f"newer {word}" if name in LISTS and word in renamed.values() and word not in renamed else word


def to_older_names(value: Any) -> Any:
    """Return a response in the older names."""
    if isinstance(value, list):
        return [to_older_names(one) for one in value]
    if isinstance(value, str):
        return (
            value.replace(PROBLEMS["post"], PROBLEMS["tweet"], 1)
            if value.startswith(PROBLEMS["post"])
            else value
        )
    return (
        {OLDER.get(name, name): to_older_names(one) for name, one in value.items()}
        if isinstance(value, dict)
        else value
    )


def _user(access: Access, name: str) -> str:
    """Return the ID of a user by name or ID; "" if there is none."""
    account = access.names.get(name.lower()) or access.users.get(name)
    return user_id(account) if account else ""


def _is(_access: Access, post: Post, kind: str) -> bool:
    kinds = {"reply": post.parent_author is not None, "retweet": bool(post.repost), "quote": bool(post.quote)}
    return kinds.get(kind, False)


def _from(access: Access, post: Post, name: str) -> bool:
    return user_id(access.network.accounts[post.author]) == _user(access, name)


def _to(access: Access, post: Post, name: str) -> bool:
    return post.parent_author is not None and user_id(access.network.accounts[post.parent_author]) == _user(
        access, name
    )


OPERATORS: dict[str, Test] = {
    "conversation_id": lambda access, post, value: access.conversation(post) == value,
    "from": _from,
    "to": _to,
    "is": _is,
}


def _meets(access: Access, post: Post, word: str) -> bool:
    if word.startswith("-"):
        return not _meets(access, post, word[1:])
    if word.startswith("@"):
        return _user(access, word[1:]) in access.mentions(post)
    operator, sign, value = word.partition(":")
    if sign and operator in OPERATORS:
        return OPERATORS[operator](access, post, value)
    return word.lower() in post.now.text.lower()


def _alternatives(query: str) -> list[list[str]]:
    return [[word for word in side.split() if word != "AND"] for side in re.split(r"\bOR\b", query)]


def is_supported(query: str) -> bool:
    """Return whether a query has only supported operators.

    Each alternative needs a positive term.
    """
    sides = _alternatives(query)
    operators = [word.lstrip("-").partition(":")[0] for side in sides for word in side if ":" in word]
    has_positive = all(any(not word.startswith("-") for word in side) for side in sides)
    return has_positive and all(name in OPERATORS for name in operators) and not set(query) & set("()")


def make_filter(access: Access, query: str) -> Callable[[Post], bool]:
    """Return a test for posts that match a query.

    Conversations, the most frequent query, are looked up.
    """
    sides = _alternatives(query)
    alone = [side[0] for side in sides if len(side) == 1]
    conversations = {word.partition(":")[2] for word in alone if word.startswith("conversation_id:")}
    others = [side for side in sides if len(side) > 1 or not side[0].startswith("conversation_id:")]

    def meets(post: Post) -> bool:
        if conversations and access.conversation(post) in conversations:
            return True
        return any(all(_meets(access, post, word) for word in side) for side in others)

    return meets
