"""What the AppView answers with, as far as asking and reading both look at it: feeds, conversations, posts,
and failures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from recordroom.errors import AccountUnavailable, PlatformFailure, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange, moment
from recordroom.platforms.http import failure, unworded, wrong
from recordroom.platforms.schema import ITEM, LIST, NULL, NUMBER, TEXT, Shape, content_of, when

VIEWER = "about whoever asks"
TYPED = {"$type": "says what the place says"}
_COUNTS = {"replyCount": NUMBER | NULL, "quoteCount": NUMBER | NULL}
LISTED = Shape(
    {"uri": TEXT, "author": ITEM, "record": ITEM, "indexedAt": TEXT} | _COUNTS
)  # what fetch reads of a post
WRITER = Shape({"did": TEXT})
WRITTEN = Shape({"createdAt": TEXT, "reply": ITEM | NULL})
FEED_ITEM = Shape(
    {"post": ITEM, "reason": ITEM | NULL, "reply": ITEM | NULL},
    dict.fromkeys(
        ("feedContext", "reqId", "opThreadPostIndex", "opThreadPostCount"), "for programs that show feeds"
    ),
)
REASON = Shape(
    {"uri": TEXT, "by": ITEM, "indexedAt": TEXT},
    {"cid": "of the act of reposting, which has no content"} | TYPED,
)
NODE = Shape(
    {"post": ITEM, "replies": LIST | NULL}, {"parent": "not asked for", "threadContext": VIEWER} | TYPED
)
GATE = Shape(
    {"record": ITEM | NULL},
    dict.fromkeys(("uri", "cid", "lists"), "who may reply, which is no status of a reply") | TYPED,
)
REPLY = Shape({"root": ITEM, "parent": ITEM}, TYPED)
HIDDEN_REPLIES = "/threadgate/record/hiddenReplies"
DEAD = frozenset({"ExpiredToken", "InvalidToken"})
GONE = frozenset(
    {
        "AccountTakedown",
        "AccountDeactivated",
        "RepoTakendown",
        "RepoSuspended",
        "RepoDeactivated",
        "RepoNotFound",
    }
)
AT_URI = re.compile(r"at://(did:[a-z]+:[^/]+)/([^/]+)/([^/]+)")


def feed_of(page: Exchange) -> list[dict[str, Any]]:
    if problem := failure_of(page):
        raise problem
    body = content_of(page)
    if not isinstance(body, dict) or not isinstance(body.get("feed"), list):
        raise wrong(page, "/feed", "a list", body)
    for i, item in enumerate(body["feed"]):
        FEED_ITEM.check(item, page, f"/feed/{i}")
        checked(item["post"], page, f"/feed/{i}/post")
        if is_repost(item):
            REASON.check(item["reason"], page, f"/feed/{i}/reason")
    return list(body["feed"])


def posts_of(answer: Exchange) -> list[dict[str, Any]]:
    if problem := failure_of(answer):
        raise problem
    body = content_of(answer)
    if not isinstance(body, dict) or not isinstance(body.get("posts"), list):
        raise wrong(answer, "/posts", "a list", body)
    for i, post in enumerate(body["posts"]):
        checked(post, answer, f"/posts/{i}")
    return list(body["posts"])


def cursor_of(page: Exchange) -> str | None:
    """That of the next page. A failure has none, nor has what is no object: whoever reads the page says what
    it is.
    """
    body = content_of(page) if page.status == 200 else None
    found = body.get("cursor") if isinstance(body, dict) else None
    return None if found is None else str(found)


def checked(post: Any, exchange: Exchange, pointer: str) -> None:
    """What `fetch` reads of a post is of the promised types. The rest is for `parse` to refuse: an answer
    that it cannot read is kept, and those that follow are still asked for."""
    LISTED.check(post, exchange, pointer)
    WRITER.check(post["author"], exchange, f"{pointer}/author")
    WRITTEN.check(post["record"], exchange, f"{pointer}/record")
    if post["record"].get("reply") is not None:
        refs_of(post["record"]["reply"], exchange, f"{pointer}/record/reply")


def is_repost(item: dict[str, Any]) -> bool:
    return str((item.get("reason") or {}).get("$type")).endswith("#reasonRepost")


def listed_at(item: dict[str, Any], page: Exchange) -> datetime:
    """The date by which a feed is ordered: the earlier of the author's and the AppView's, of a repost the
    AppView's.
    """
    if is_repost(item):
        return when(item["reason"]["indexedAt"], page, "/feed/reason/indexedAt")
    return ordered_at(item["post"], page, "/feed/post")


def ordered_at(post: dict[str, Any], page: Exchange, pointer: str) -> datetime:
    indexed = when(post["indexedAt"], page, f"{pointer}/indexedAt")
    return min(claimed(post["record"]["createdAt"]) or indexed, indexed)


def claimed(text: str) -> datetime | None:
    """When its author says that it was written; None where there is no such time: the network takes a 31st of
    February, and an hour after the year 9999, and one stranger's reply must not make a conversation
    unreadable."""
    try:
        return moment(text)
    except (ValueError, OverflowError):
        return None


def failure_of(exchange: Exchange) -> PlatformFailure | None:
    if exchange.status < 400:
        return None
    words = words_of(exchange)
    error = words.partition(":")[0]
    if error in DEAD:
        return TokenExpired(f"{exchange.url}: {words}", "Sign in anew.", exchange)
    if error in GONE or words.endswith("Profile not found"):
        return AccountUnavailable(
            f"{exchange.url}: {words}", "Check the account's address in the register.", exchange
        )
    return failure(exchange, words=words) if words else unworded(exchange)


def has_gone(answer: Exchange) -> bool:
    """Whether it says that the post is not there (any more). Any other refusal is a failure: nothing was
    read.
    """
    if answer.status != 200 and not words_of(answer).startswith("NotFound:"):
        raise failure_of(answer) or wrong(answer, "", "an answer", answer.status)
    return answer.status != 200


def words_of(exchange: Exchange) -> str:
    """`RecordNotFound: Could not locate record` of an error's body, else nothing."""
    try:
        said = content_of(exchange)
    except UnexpectedResponse:
        return ""
    return (
        f"{said['error']}: {said.get('message', '')}"[:300]
        if isinstance(said, dict) and "error" in said
        else ""
    )


def nodes_of(body: Any, exchange: Exchange) -> Iterator[tuple[str, dict[str, Any], tuple[str, ...]]]:
    """(pointer, node, fields that are not known) of each post of a conversation, parents first. Placeholders
    (notFound, blocked) have no words; they are left out."""
    waiting: list[tuple[str, Any]] = [("/thread", body.get("thread") if isinstance(body, dict) else body)]
    while waiting:
        pointer, node = waiting.pop()
        if isinstance(node, dict) and (node.get("notFound") is True or node.get("blocked") is True):
            continue
        left = NODE.check(node, exchange, pointer, "thread")
        yield pointer, node, left
        replies = node.get("replies") or ()
        waiting.extend((f"{pointer}/replies/{i}", replies[i]) for i in range(len(replies) - 1, -1, -1))


def hidden_by_gate(body: Any, exchange: Exchange, me: str | None) -> dict[str, Sequence[str | None]]:
    """Replies of others that the author of the conversation's first post has hidden (ours are shown as
    visible by our own list).
    """
    if not isinstance(body, dict):
        raise wrong(exchange, "", "an object", body)
    gate = body.get("threadgate")
    if gate is None:
        return {}
    GATE.check(gate, exchange, "/threadgate")
    hidden = (gate.get("record") or {}).get("hiddenReplies") or []
    if not isinstance(hidden, list) or not all(isinstance(uri, str) for uri in hidden):
        raise wrong(exchange, HIDDEN_REPLIES, "a list of addresses", hidden)
    ours = me is not None and str(gate.get("uri")).startswith(f"at://{me}/")
    why = ("agency" if ours else None, "among the hidden replies of the conversation's first post")
    return {uri: why for uri in hidden if me is None or not uri.startswith(f"at://{me}/")}


def hides(post: Mapping[str, Any]) -> bool:
    """Whether the author of a conversation's first post hides answers in it: also where it counts none, since
    what they answer has gone.
    """
    gate = post.get("threadgate")
    record = gate.get("record") if isinstance(gate, dict) else None
    return isinstance(record, dict) and bool(record.get("hiddenReplies"))


def did_of(uri: str, exchange: Exchange) -> str:
    parts = AT_URI.fullmatch(uri)
    if parts is None:
        raise wrong(exchange, "/uri", "at://<DID>/<collection>/<key>", uri)
    return parts[1]


def root_of(post: Mapping[str, Any]) -> str:
    """The address of the first post of the conversation in which a post stands, by its own word."""
    return str((post["record"].get("reply") or {"root": post})["root"]["uri"])


def refs_of(reply: dict[str, Any], exchange: Exchange, pointer: str) -> tuple[str, str]:
    """Addresses of the root and the parent."""
    REPLY.check(reply, exchange, pointer)
    root, parent = reply["root"].get("uri"), reply["parent"].get("uri")
    if type(root) is not str or type(parent) is not str:
        raise wrong(exchange, pointer, "the addresses of root and parent", reply)
    return root, parent
