"""The records in a response of Bluesky, and what the crawl reads of posts.

An ID is an at:// address with the DID of its author, and unique in the network. A post states itself to what
it replies (`reply.root`, `reply.parent`). The protocol has no time of an edit, only another CID: `valid_from`
stays empty. `createdAt` is the author's claim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from recordroom.model import BESIDE, HIDDEN, SPAM, VISIBLE, Exchange, Media, Record, moment
from recordroom.platforms.bluesky.api import failure_of
from recordroom.platforms.bluesky.blocks import moderation_record
from recordroom.platforms.bluesky.content import UNREACHABLE, Content, View
from recordroom.platforms.bluesky.messages import read_last_messages, read_messages
from recordroom.platforms.bluesky.platform import AT_URI, NETWORK, POST
from recordroom.platforms.bluesky.schema import (
    AUTHOR,
    AUTHOR_HEAD,
    FEED_ITEM,
    GATE,
    LABEL,
    NODE,
    NOTICE,
    NOTICES,
    POST_HEAD,
    POST_VIEW,
    PROFILE,
    REASON,
    RECORD,
    RECORD_HEAD,
    REPLY,
    STORED_RECORD,
    context_of,
)
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.schema import TEXT, load_content, load_tree, read_time, require_list

REPLY_REASON = "reply"
REASONS = ("mention", "quote", REPLY_REASON)  # of notifications that are about posts
_HIDDEN_REPLIES = "/threadgate/record/hiddenReplies"
# Labels on which every program acts. Others say what a post is about.
_STATUS_OF_LABEL = dict.fromkeys(("!hide", "!takedown", "!suspend", "needs-review"), HIDDEN) | {"spam": SPAM}
_CID_IN_URL = re.compile(r"/(baf[a-z2-7]{20,})(?:@|$)")


def parse(exchange: Exchange) -> Iterator[Record]:
    """Read the records of a response.

    Its fields show what it is: a feed, a conversation, posts, notifications, messages, a profile, a stored
    record, or blocks. There is no record in a response that only says that something is not given.
    """
    context = context_of(exchange)
    if "not_given" in context:
        return
    if problem := failure_of(exchange):
        raise problem
    body, touched = load_tree(exchange)
    view = View(
        exchange,
        context,
        context.get("account"),
        context.get("servers", {}),
        context.get("hidden", {}),
        touched,
        moment(context["since"]) if "since" in context else None,
        frozenset(context["only"]) if "only" in context else None,
        "apart" in context,
    )
    if not isinstance(body, dict):
        raise unexpected_field(exchange, "", "an object", body)
    read = next((reader for name, reader in _READERS.items() if name in body), None)
    if read is None:
        raise unexpected_field(exchange, "", "a feed, a conversation, posts, a profile, or a record", body)
    yield from read(body, view)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:
    """Return the exchange of a body without its request."""
    return Exchange("GET", url or "", 200, (), body, {"server": server or NETWORK})


# -- what the crawl reads of posts as well --


def check_post(post: Any, exchange: Exchange, pointer: str) -> None:
    """Check the fields that a crawl reads.

    The others are for `parse`: a response that it cannot read is kept, and the crawl goes on.
    """
    POST_HEAD.check(post, exchange, pointer)
    AUTHOR_HEAD.check(post["author"], exchange, f"{pointer}/author")
    RECORD_HEAD.check(post["record"], exchange, f"{pointer}/record")
    if post["record"].get("reply") is not None:
        addresses_in(post["record"]["reply"], exchange, f"{pointer}/record/reply")


def feed_in(page: Exchange) -> list[dict[str, Any]]:
    """Return the items of a feed after a check of the fields that a crawl reads."""
    if problem := failure_of(page):
        raise problem
    body = load_content(page)
    if not isinstance(body, dict) or not isinstance(body.get("feed"), list):
        raise unexpected_field(page, "/feed", "a list", body)
    for i, item in enumerate(body["feed"]):
        FEED_ITEM.check(item, page, f"/feed/{i}")
        check_post(item["post"], page, f"/feed/{i}/post")
        if is_repost(item):
            REASON.check(item["reason"], page, f"/feed/{i}/reason")
    return list(body["feed"])


def posts_in(answer: Exchange) -> list[dict[str, Any]]:
    """Return the posts of a response after a check of the fields that a crawl reads."""
    if problem := failure_of(answer):
        raise problem
    body = load_content(answer)
    if not isinstance(body, dict) or not isinstance(body.get("posts"), list):
        raise unexpected_field(answer, "/posts", "a list", body)
    for i, post in enumerate(body["posts"]):
        check_post(post, answer, f"/posts/{i}")
    return list(body["posts"])


def notices_in(page: Exchange, body: Any) -> list[dict[str, Any]]:
    """Return all notifications of a page after a check of the fields that are read."""
    if problem := failure_of(page):
        raise problem
    NOTICES.check(body, page, "")
    for i, notice in enumerate(body["notifications"]):
        NOTICE.check(notice, page, f"/notifications/{i}")
        AUTHOR_HEAD.check(notice["author"], page, f"/notifications/{i}/author")
    return list(body["notifications"])


def noticed_posts(page: Exchange, body: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (index, notification) of posts that concern the account."""
    for i, notice in enumerate(notices_in(page, body)):
        if notice["reason"] in REASONS and f"/{POST}/" in notice["uri"]:
            RECORD_HEAD.check(notice["record"], page, f"/notifications/{i}/record")
            yield i, notice


def nodes_in(body: Any, exchange: Exchange) -> Iterator[tuple[str, dict[str, Any], tuple[str, ...]]]:
    """Yield (pointer, node, unrecognized fields) of a conversation's posts.

    Parents come first.

    Placeholders (notFound, blocked) have no text; they are left out.
    """
    waiting: list[tuple[str, Any]] = [("/thread", body.get("thread") if isinstance(body, dict) else body)]
    while waiting:
        pointer, node = waiting.pop()
        if isinstance(node, dict) and (node.get("notFound") is True or node.get("blocked") is True):
            continue
        left = NODE.check(node, exchange, pointer, "thread")
        yield pointer, node, left
        replies = node.get("replies") or ()
        waiting.extend((f"{pointer}/replies/{i}", replies[i]) for i in range(len(replies) - 1, -1, -1))


def is_repost(item: dict[str, Any]) -> bool:
    return str((item.get("reason") or {}).get("$type")).endswith("#reasonRepost")


def listed_at(item: dict[str, Any], page: Exchange) -> datetime:
    """Return the time by which a feed is ordered; of a repost, that of the AppView."""
    if is_repost(item):
        return read_time(item["reason"]["indexedAt"], page, "/feed/reason/indexedAt")
    return ordered_at(item["post"], page, "/feed/post")


def ordered_at(post: dict[str, Any], page: Exchange, pointer: str) -> datetime:
    """Return the time by which posts are ordered.

    It is the earlier one of the author's and the AppView's. A post that claims an old date is deep in the
    feed; a window of the last days does not reach it.
    """
    indexed = read_time(post["indexedAt"], page, f"{pointer}/indexedAt")
    return min(_claimed_time(post["record"]["createdAt"]) or indexed, indexed)


def _claimed_time(text: str) -> datetime | None:
    """Return when a post was written, as its author states; None if impossible.

    The network accepts a 31st of February, and an hour after the year 9999. One such reply must not make a
    conversation unreadable.
    """
    try:
        return moment(text)
    except (ValueError, OverflowError):
        return None


def gate_hides(post: Mapping[str, Any]) -> bool:
    """Return whether the author of a root post hides replies in its conversation.

    The post may count no reply then, because the parents of the hidden ones have disappeared.
    """
    gate = post.get("threadgate")
    record = gate.get("record") if isinstance(gate, dict) else None
    return isinstance(record, dict) and bool(record.get("hiddenReplies"))


def hidden_by_gate(body: Any, exchange: Exchange, me: str | None) -> dict[str, Sequence[str | None]]:
    """Return (who, why) of replies that the author of the root post hides.

    Replies of the account are left out: its own feed shows them as visible.
    """
    if not isinstance(body, dict):
        raise unexpected_field(exchange, "", "an object", body)
    gate = body.get("threadgate")
    if gate is None:
        return {}
    GATE.check(gate, exchange, "/threadgate")
    hidden = (gate.get("record") or {}).get("hiddenReplies") or []
    if not isinstance(hidden, list) or not all(isinstance(uri, str) for uri in hidden):
        raise unexpected_field(exchange, _HIDDEN_REPLIES, "a list of addresses", hidden)
    ours = me is not None and str(gate.get("uri")).startswith(f"at://{me}/")
    why = ("agency" if ours else None, "among the hidden replies of the conversation's first post")
    return {uri: why for uri in hidden if me is None or not uri.startswith(f"at://{me}/")}


def root_of(post: Mapping[str, Any]) -> str:
    """Return the address of a post's root post, as the post states it."""
    return str((post["record"].get("reply") or {"root": post})["root"]["uri"])


def addresses_in(reply: dict[str, Any], exchange: Exchange, pointer: str) -> tuple[str, str]:
    """Return the addresses of the root and the parent of a reply."""
    REPLY.check(reply, exchange, pointer)
    root, parent = reply["root"].get("uri"), reply["parent"].get("uri")
    if type(root) is not str or type(parent) is not str:
        raise unexpected_field(exchange, pointer, "the addresses of root and parent", reply)
    return root, parent


# -- records --


def _read_feed(body: dict[str, Any], view: View) -> Iterator[Record]:
    for i, item in enumerate(require_list(body["feed"], view.exchange, "/feed")):
        yield _read_feed_item(item, view, f"/feed/{i}")


def _read_posts(body: dict[str, Any], view: View) -> Iterator[Record]:
    for i, post in enumerate(require_list(body["posts"], view.exchange, "/posts")):
        if view.only is None or (isinstance(post, dict) and view.wants(str(post.get("uri")))):
            yield _read_post(post, view, f"/posts/{i}")


def _read_notices(body: dict[str, Any], view: View) -> Iterator[Record]:
    """Read the posts of a page of notifications, which has no counts."""
    for i, notice in noticed_posts(view.exchange, body):
        if view.wants(notice["uri"]):
            left = NOTICE.check(notice, view.exchange, f"/notifications/{i}", "notifications")
            names = ("uri", "cid", "author", "record", "indexedAt", "labels")
            post = {name: notice[name] for name in names if name in notice}
            yield _read_post(post, view, f"/notifications/{i}", left)


def _read_thread(body: dict[str, Any], view: View) -> Iterator[Record]:
    hidden = hidden_by_gate(body, view.exchange, view.me)
    if hidden:
        addresses = body["threadgate"]["record"]["hiddenReplies"]
        places = {uri: f"{_HIDDEN_REPLIES}/{i}" for i, uri in enumerate(addresses)}
        view = view._replace(
            hidden={**hidden, **view.hidden},
            gated={uri: place for uri, place in places.items() if uri not in view.hidden},
        )
    for pointer, node, left in nodes_in(body, view.exchange):
        if view.only is None or view.wants(str(node["post"].get("uri"))):
            yield _read_post(node["post"], view, f"{pointer}/post", left)


# By a field that only such a response has.
_READERS: Mapping[str, Callable[[dict[str, Any], View], Iterable[Record]]] = {
    "feed": _read_feed,
    "thread": _read_thread,
    "posts": _read_posts,
    "notifications": _read_notices,
    "messages": read_messages,
    "convos": read_last_messages,
    "relationships": lambda _body, _view: (),
    "records": lambda body, view: (moderation_record(body, view),),
    "value": lambda body, view: (_read_stored(body, view),),
    "record": lambda body, view: (_read_post(body, view, ""),),
    "handle": lambda body, view: (_read_profile(body, view),),
}


def _read_feed_item(item: Any, view: View, pointer: str) -> Record:
    """Read an item of a feed.

    A repost is a publication of its author, with the text and files that it spreads. Its ID is that of the
    act of reposting.
    """
    left = FEED_ITEM.check(item, view.exchange, pointer, "feed")
    found = _read_post(item["post"], view, f"{pointer}/post", left)
    if not is_repost(item):
        if view.since is not None and found.counts and listed_at(item, view.exchange) < view.since:
            found.counts.pop("comments", None)
        return found
    reason, exchange = item["reason"], view.exchange
    left = REASON.check(reason, exchange, f"{pointer}/reason", "reason") + AUTHOR.check(
        reason["by"], exchange, f"{pointer}/reason/by", "reason.by"
    )
    by, uri = reason["by"], reason["uri"]
    if AT_URI.fullmatch(uri) is None:
        raise unexpected_field(exchange, "/uri", "at://<DID>/<collection>/<key>", uri)
    return replace(
        found,
        record_id=f"bluesky:{uri}",
        kind="post",
        native_id=uri,
        pointer=pointer,
        parent_id=None,
        root_id=f"bluesky:{uri}",
        url=None,
        author_id=by["did"],
        author_name=by.get("displayName") or None,
        author_handle=by["handle"],
        author_is_account=None if view.me is None else by["did"] == view.me,
        published_at=read_time(reason["indexedAt"], exchange, f"{pointer}/reason/indexedAt"),
        mentions=[*found.mentions, *filter(None, (found.author_handle, found.author_id))],
        shared_id=found.record_id,
        counts=None,
        tally=None,
        status=VISIBLE,
        acted_by=None,
        status_reason=None,
        status_at=None,
        leftover=found.leftover + left,
    )


def _read_post(post: Any, view: View, pointer: str, left: tuple[str, ...] = ()) -> Record:
    """Read a post as the AppView shows it.

    left: the unrecognized fields found so far.
    """
    exchange = view.exchange
    left += POST_VIEW.check(post, exchange, pointer, "post")
    author = post["author"]
    left += AUTHOR.check(author, exchange, f"{pointer}/author", "author")
    found = _read_record(post["uri"], post["record"], view, f"{pointer}/record", left, post=post)
    found.pointer = pointer
    found.author_name, found.author_handle = author.get("displayName") or None, author["handle"]
    counts = {
        "likes": post.get("likeCount"),
        "shares": post.get("repostCount"),
        "comments": post.get("replyCount"),
    }
    if view.apart or (found.kind == "comment" and found.parent_id is None):
        del counts["comments"]  # the replies to it are not read
    found.counts = (
        {name: count for name, count in counts.items() if count is not None} or None
        if None in counts.values()
        else counts
    )
    found.repaired = id(post) in view.touched
    if post.get("labels"):
        _apply_labels(found, post["labels"], exchange, pointer)
    if author.get("labels"):
        _apply_labels(found, author["labels"], exchange, f"{pointer}/author", "its author is ")
    return found


def _apply_labels(
    found: Record, labels: list[Any], exchange: Exchange, pointer: str, prefix: str = ""
) -> None:
    """Set the status of a record by the labels of moderators.

    Labels of the author (content warnings) are no status. Labels on the author count only if every program
    acts on them, and the record has none of its own.

    prefix: of the reason, for labels on the author; "" for those on the record.
    """
    for i, label in enumerate(labels):
        found.leftover += LABEL.check(label, exchange, f"{pointer}/labels/{i}", "labels")
    given = [label for label in labels if label["src"] != found.author_id and label.get("neg") is not True]
    if not given:
        return
    words = (
        f"{prefix}labelled {', '.join(label['val'] for label in given)} by"
        f" {', '.join(dict.fromkeys(label['src'] for label in given))}"
    )
    statuses = [_STATUS_OF_LABEL[label["val"]] for label in given if label["val"] in _STATUS_OF_LABEL]
    if statuses and (not prefix or found.status == VISIBLE):
        found.status, found.acted_by, found.status_reason = min(statuses), "platform", words  # hidden first
        found.status_at = f"{pointer}/labels"
    elif found.status == VISIBLE and not prefix:
        found.status_reason = words


def _read_stored(body: dict[str, Any], view: View) -> Record:
    """Read a record as its author's server has it: without a name and counts."""
    left = STORED_RECORD.check(body, view.exchange, "", "record")
    found = _read_record(body["uri"], body["value"], view, "/value", left)
    found.repaired = id(body) in view.touched
    return found


def _read_record(
    uri: str,
    record: dict[str, Any],
    view: View,
    pointer: str,
    left: tuple[str, ...],
    *,
    post: Mapping[str, Any] = MappingProxyType({}),
) -> Record:
    """Read what the author wrote.

    left: the unrecognized fields found so far.
    post: the AppView's view of it, for the addresses of images if the author's server is not known.
    """
    exchange = view.exchange
    left += RECORD.check(record, exchange, pointer, "record")
    parts = AT_URI.fullmatch(uri)
    if parts is None or record.get("$type", POST) != POST:
        expected = "a post with the address at://<DID>/app.bsky.feed.post/<key>"
        raise unexpected_field(exchange, pointer, expected, [uri, record.get("$type")])
    author, record_id, langs = parts[1], f"bluesky:{uri}", record.get("langs")
    kind, parent, root = _place(record, author, record_id, view, pointer)
    content = Content(record["text"], view, author)
    if record.get("facets"):
        content.add_facets(record["facets"], record["text"], f"{pointer}/facets")
    if record.get("embed") is not None:
        content.add_embed(record["embed"], post.get("embed"), f"{pointer}/embed")
    tags = record.get("tags") or []
    if not (TEXT.issuperset(map(type, tags)) and TEXT.issuperset(map(type, langs or ()))):
        raise unexpected_field(exchange, f"{pointer}/tags", "a list of text", [tags, langs])
    acted_by, reason = view.hidden.get(uri, (None, None))
    published = _claimed_time(record["createdAt"])
    left += content.left if published else (*content.left, "record.createdAt: no date")
    made = Record(
        record_id=record_id,
        kind=kind,
        native_id=uri,
        pointer=pointer,
        parent_id=parent,
        root_id=root,
        url=f"https://bsky.app/profile/{author}/post/{parts[3]}",
        author_id=author,
        author_is_account=None if view.me is None else author == view.me,
        text=content.text,
        language=langs[0] if langs else None,
        published_at=published,
        status=VISIBLE if reason is None else HIDDEN,
        acted_by=acted_by,
        status_reason=reason,
    )
    made.status_at = None if reason is None else view.gated.get(uri) or _place_in_context(uri)
    made.media = content.media
    made.links = content.links
    made.mentions = content.mentions
    made.tags = content.tags + [tag for tag in tags if tag not in content.tags] if tags else content.tags
    made.shared_id = content.quoted
    made.tally = "own" if author == view.me else None
    made.leftover = left
    return made


def _place_in_context(uri: str) -> str:
    """Return the JSON pointer of a post's entry in `hidden` of the context."""
    return f"{BESIDE}/hidden/{uri.replace('~', '~0').replace('/', '~1')}"


def _place(
    record: dict[str, Any], author: str, record_id: str, view: View, pointer: str
) -> tuple[str, str | None, str]:
    """Return (kind, parent_id, root_id).

    In a conversation of the account only the root is a post; in others, each post of the account is one. A
    post of somebody else that replies to nothing, and only mentions or quotes the account, is a comment, as
    what visitors write is on other platforms.
    """
    if record.get("reply") is None:
        return "post" if view.me in (None, author) else "comment", None, record_id
    root, parent = addresses_in(record["reply"], view.exchange, f"{pointer}/reply")
    if view.me is None or root.startswith(f"at://{view.me}/"):
        kind = "comment" if parent == root else "reply"
    elif author == view.me:
        kind = "post"
    else:
        kind = "comment" if parent.startswith(f"at://{view.me}/") else "reply"
    return kind, f"bluesky:{parent}", f"bluesky:{root}"


def _read_profile(item: dict[str, Any], view: View) -> Record:
    exchange, did = view.exchange, item.get("did")
    left = PROFILE.check(item, exchange, "")
    found = Record(
        record_id=f"bluesky:at://{did}",
        kind="profile",
        native_id=str(did),
        pointer="",
        url=f"https://bsky.app/profile/{did}",
        author_id=str(did),
        author_name=item.get("displayName") or None,
        author_handle=item["handle"],
        author_is_account=None if view.me is None else did == view.me,
        text="\n".join(filter(None, (item.get("description"), item.get("pronouns")))),
        title=item.get("displayName") or None,
        published_at=read_time(item["createdAt"], exchange, "/createdAt") if item.get("createdAt") else None,
        media=_profile_images(item, view),
        links=[item["website"]] if item.get("website") else [],
        repaired=id(item) in view.touched,
        leftover=left,
    )
    if item.get("labels"):
        _apply_labels(found, item["labels"], exchange, "")
    return found


def _profile_images(item: dict[str, Any], view: View) -> list[Media]:
    found: list[Media] = []
    for name in ("avatar", "banner"):
        if shown := item.get(name):
            cid = _CID_IN_URL.search(shown)
            url = view.file(str(item.get("did")), cid[1], shown) if cid else shown
            missing = None if url else UNREACHABLE
            identity = cid[1] if cid else shown
            found.append(Media(identity, "image", url, position=len(found) + 1, missing_reason=missing))
    return found
