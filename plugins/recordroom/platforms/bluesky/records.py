"""Records of Bluesky: posts, reposts, replies, private messages, the profile, blocks. What a status is set
for stands here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from recordroom.model import BESIDE, HIDDEN, SPAM, VISIBLE, Exchange, Media, Record, moment
from recordroom.platforms.bluesky import blocks, inbox, notices
from recordroom.platforms.bluesky.content import UNTOLD, Content, View
from recordroom.platforms.bluesky.platform import NETWORK, POST
from recordroom.platforms.bluesky.views import (
    AT_URI,
    FEED_ITEM,
    HIDDEN_REPLIES,
    REASON,
    TYPED,
    VIEWER,
    claimed,
    did_of,
    failure_of,
    hidden_by_gate,
    is_repost,
    listed_at,
    nodes_of,
    refs_of,
)
from recordroom.platforms.http import wrong
from recordroom.platforms.schema import ITEM, LIST, NULL, NUMBER, TEXT, Reading, Shape, items, tree_of, when

_OTHER = "of the account, which is captured as its profile"
AUTHOR = Shape(
    {"did": TEXT, "handle": TEXT, "displayName": TEXT | NULL, "labels": LIST | NULL},
    dict.fromkeys(("avatar", "associated", "verification", "createdAt", "status", "pronouns"), _OTHER)
    | dict.fromkeys(("description", "indexedAt"), _OTHER)
    | {"viewer": VIEWER, "debug": VIEWER}
    | TYPED,
)
PROFILE = Shape(
    {
        "did": TEXT,
        "handle": TEXT,
        "displayName": TEXT | NULL,
        "description": TEXT | NULL,
        "avatar": TEXT | NULL,
        "banner": TEXT | NULL,
    }
    | {
        "createdAt": TEXT | NULL,
        "website": TEXT | NULL,
        "pronouns": TEXT | NULL,
        "links": ITEM | NULL,
        "labels": LIST | NULL,
    },
    dict.fromkeys(("followersCount", "followsCount", "postsCount"), "counters of no record")
    | dict.fromkeys(
        ("associated", "joinedViaStarterPack", "pinnedPost", "verification", "status"),
        "how the profile is shown",
    )
    | {"indexedAt": "when the AppView saw it", "viewer": VIEWER, "debug": VIEWER}
    | TYPED,
)
VIEW = Shape(
    {
        "uri": TEXT,
        "cid": TEXT,
        "author": ITEM,
        "record": ITEM,
        "indexedAt": TEXT,
        "embed": ITEM | NULL,
        "labels": LIST | NULL,
    }
    | {
        "likeCount": NUMBER | NULL,
        "repostCount": NUMBER | NULL,
        "replyCount": NUMBER | NULL,
        "threadgate": ITEM | NULL,
    },
    dict.fromkeys(("bookmarkCount", "quoteCount"), "counters of no record")
    | {"viewer": VIEWER, "debug": VIEWER}
    | TYPED,
)
RECORD = Shape(
    {
        "text": TEXT,
        "createdAt": TEXT,
        "facets": LIST | NULL,
        "embed": ITEM | NULL,
        "reply": ITEM | NULL,
        "langs": LIST | NULL,
    }
    | {"tags": LIST | NULL},
    dict.fromkeys(("entities", "labels"), "older form of facets; said again by the view's labels")
    | dict.fromkeys(("via", "bridgyOriginalText", "bridgyOriginalUrl", "fediverseId"), "of other programs")
    | TYPED,
)
LABEL = Shape(
    {"src": TEXT, "val": TEXT},
    dict.fromkeys(("uri", "cid", "cts", "exp", "ver", "sig", "neg"), "not of its meaning") | TYPED,
)
STORED = Shape({"uri": TEXT, "value": ITEM}, {"cid": "its change is seen in the content"})
ACTS = dict.fromkeys(("!hide", "!takedown", "!suspend", "needs-review"), HIDDEN) | {
    "spam": SPAM
}  # labels that every program acts upon
_CID_IN_URL = re.compile(r"/(baf[a-z2-7]{20,})(?:@|$)")


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a feed, a conversation, posts, notifications, private messages, a profile, a stored record,
    or of blocks (told apart by their shapes)."""
    if "not_given" in exchange.context:
        return
    if problem := failure_of(exchange):
        raise problem
    body, touched = tree_of(exchange)
    context = exchange.context
    since = moment(context["since"]) if "since" in context else None
    only = frozenset(context["only"]) if "only" in context else None
    servers, hidden = context.get("servers", {}), context.get("hidden", {})
    view = View(exchange, context.get("account"), servers, hidden, touched, since, only, "apart" in context)
    if not isinstance(body, dict):
        raise wrong(exchange, "", "an object", body)
    read = next((reader for name, reader in _READERS.items() if name in body), None)
    if read is None:
        raise wrong(exchange, "", "a feed, a conversation, posts, a profile, or a record", body)
    yield from read(body, view)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:
    return Exchange("GET", url or "", 200, (), body, {"server": server or NETWORK})


def _of_feed(body: dict[str, Any], view: View) -> Iterator[Record]:
    for i, item in enumerate(items(body["feed"], view.exchange, "/feed")):
        yield _listed(item, view, f"/feed/{i}")


def _of_posts(body: dict[str, Any], view: View) -> Iterator[Record]:
    for i, post in enumerate(items(body["posts"], view.exchange, "/posts")):
        if view.only is None or (isinstance(post, dict) and view.wants(str(post.get("uri")))):
            yield _post(post, view, f"/posts/{i}")


def _of_notices(body: dict[str, Any], view: View) -> Iterator[Record]:
    """Posts as a page of notifications tells them: without any counts."""
    for i, one in notices.posts_in(view.exchange, body):
        if view.wants(one["uri"]):
            left = notices.NOTICE.check(one, view.exchange, f"/notifications/{i}", "notifications")
            told = {
                name: one[name]
                for name in ("uri", "cid", "author", "record", "indexedAt", "labels")
                if name in one
            }
            yield _post(told, view, f"/notifications/{i}", left)


def _of_thread(body: dict[str, Any], view: View) -> Iterator[Record]:
    hidden = hidden_by_gate(body, view.exchange, view.me)
    if hidden:
        places = {
            uri: f"{HIDDEN_REPLIES}/{i}"
            for i, uri in enumerate(body["threadgate"]["record"]["hiddenReplies"])
        }
        view = view._replace(
            hidden={**hidden, **view.hidden},
            gated={u: at for u, at in places.items() if u not in view.hidden},
        )
    for pointer, node, left in nodes_of(body, view.exchange):
        if view.only is None or view.wants(str(node["post"].get("uri"))):
            yield _post(node["post"], view, f"{pointer}/post", left)


_READERS: Mapping[str, Callable[[dict[str, Any], View], Iterable[Record]]] = {
    "feed": _of_feed,
    "thread": _of_thread,
    "posts": _of_posts,
    "notifications": _of_notices,
    "messages": inbox.messages_of,
    "convos": inbox.last_of,
    "relationships": lambda _body, _view: (),
    "records": lambda body, view: (_blocked(body, view),),
    "value": lambda body, view: (_stored(body, view),),
    "record": lambda body, view: (_post(body, view, ""),),
    "handle": lambda body, view: (_profile(body, view),),
}


def _blocked(body: dict[str, Any], view: View) -> Record:
    reading, context = Reading(view.exchange), view.exchange.context
    people = context.get("people") or blocks.subjects(view.exchange)
    return blocks.moderation_of(people, context.get("handles", {}), view.me or blocks.whose(body), reading)


def _listed(item: Any, view: View, pointer: str) -> Record:
    """A repost is a publication of ours, with the words and pictures that it spreads; its id is that of the
    act of reposting.
    """
    left = FEED_ITEM.check(item, view.exchange, pointer, "feed")
    found = _post(item["post"], view, f"{pointer}/post", left)
    if not is_repost(item):
        if view.since is not None and found.counts and listed_at(item, view.exchange) < view.since:
            found.counts.pop("comments", None)
        return found
    reason, exchange = item["reason"], view.exchange
    left = REASON.check(reason, exchange, f"{pointer}/reason", "reason") + AUTHOR.check(
        reason["by"], exchange, f"{pointer}/reason/by", "reason.by"
    )
    by, uri = reason["by"], reason["uri"]
    did_of(uri, exchange)
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
        published_at=when(reason["indexedAt"], exchange, f"{pointer}/reason/indexedAt"),
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


def _post(post: Any, view: View, pointer: str, left: tuple[str, ...] = ()) -> Record:
    exchange = view.exchange
    left += VIEW.check(post, exchange, pointer, "post")
    author = post["author"]
    left += AUTHOR.check(author, exchange, f"{pointer}/author", "author")
    found = _record(post["uri"], post["record"], view, f"{pointer}/record", left, post=post)
    found.pointer = pointer
    found.author_name, found.author_handle = author.get("displayName") or None, author["handle"]
    counts = {
        "likes": post.get("likeCount"),
        "shares": post.get("repostCount"),
        "comments": post.get("replyCount"),
    }
    if view.apart or (found.kind == "comment" and found.parent_id is None):
        del counts["comments"]
    found.counts = (
        {name: count for name, count in counts.items() if count is not None} or None
        if None in counts.values()
        else counts
    )
    found.repaired = id(post) in view.touched
    if post.get("labels"):
        _labelled(found, post["labels"], exchange, pointer)
    if author.get("labels"):
        _labelled(found, author["labels"], exchange, f"{pointer}/author", "its author is ")
    return found


def _labelled(found: Record, labels: list[Any], exchange: Exchange, pointer: str, whose: str = "") -> None:
    """Labels of moderators; those that the author gave (content warnings) are no status. Of its author's
    (`whose`), only those count that programs act upon, where the post has none of its own."""
    for i, label in enumerate(labels):
        found.leftover += LABEL.check(label, exchange, f"{pointer}/labels/{i}", "labels")
    given = [label for label in labels if label["src"] != found.author_id and label.get("neg") is not True]
    if not given:
        return
    words = (
        f"{whose}labelled {', '.join(label['val'] for label in given)} by"
        f" {', '.join(dict.fromkeys(label['src'] for label in given))}"
    )
    acts = [ACTS[label["val"]] for label in given if label["val"] in ACTS]
    if acts and (not whose or found.status == VISIBLE):
        found.status, found.acted_by, found.status_reason = min(acts), "platform", words  # hidden before spam
        found.status_at = f"{pointer}/labels"
    elif found.status == VISIBLE and not whose:
        found.status_reason = words


def _stored(body: dict[str, Any], view: View) -> Record:
    """A record as its author's server holds it: no name, no counters."""
    left = STORED.check(body, view.exchange, "", "record")
    found = _record(body["uri"], body["value"], view, "/value", left)
    found.repaired = id(body) in view.touched
    return found


def _record(
    uri: str,
    record: dict[str, Any],
    view: View,
    pointer: str,
    left: tuple[str, ...],
    *,
    post: Mapping[str, Any] = MappingProxyType({}),
) -> Record:
    """What the author wrote. `post`: the AppView's view of it, for the addresses of pictures where no server
    is known.
    """
    exchange = view.exchange
    left += RECORD.check(record, exchange, pointer, "record")
    parts = AT_URI.fullmatch(uri)
    if parts is None or record.get("$type", POST) != POST:
        raise wrong(
            exchange,
            pointer,
            "a post with the address at://<DID>/app.bsky.feed.post/<key>",
            [uri, record.get("$type")],
        )
    author, record_id, langs = parts[1], f"bluesky:{uri}", record.get("langs")
    kind, parent, root = _place(record, author, record_id, view, pointer)
    content = Content(record["text"], view, author)
    if record.get("facets"):
        content.add_facets(record["facets"], record["text"], f"{pointer}/facets")
    if record.get("embed") is not None:
        content.add_embed(record["embed"], post.get("embed"), f"{pointer}/embed")
    tags = record.get("tags") or []
    if not (TEXT.issuperset(map(type, tags)) and TEXT.issuperset(map(type, langs or ()))):
        raise wrong(exchange, f"{pointer}/tags", "a list of text", [tags, langs])
    acted_by, reason = view.hidden.get(uri, (None, None))
    published = claimed(record["createdAt"])
    left += content.left if published else (*content.left, "record.createdAt: no date")
    return Record(
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
        status_at=(
            None
            if reason is None
            else view.gated.get(uri) or f"{BESIDE}/hidden/{uri.replace('~', '~0').replace('/', '~1')}"
        ),
        media=content.media,
        links=content.links,
        mentions=content.mentions,
        tags=content.tags + [tag for tag in tags if tag not in content.tags] if tags else content.tags,
        shared_id=content.quoted,
        tally="own" if author == view.me else None,
        leftover=left,
    )


def _place(
    record: dict[str, Any], author: str, record_id: str, view: View, pointer: str
) -> tuple[str, str | None, str]:
    """(kind, parent_id, root_id). In a conversation of ours only its head is a post; in another one, each of
    our posts is. What answers nothing and only names or quotes the account is a comment, as what visitors
    write is elsewhere."""
    if record.get("reply") is None:
        return "post" if view.me in (None, author) else "comment", None, record_id
    root, parent = refs_of(record["reply"], view.exchange, f"{pointer}/reply")
    if view.me is None or root.startswith(f"at://{view.me}/"):
        kind = "comment" if parent == root else "reply"
    elif author == view.me:
        kind = "post"
    else:
        kind = "comment" if parent.startswith(f"at://{view.me}/") else "reply"
    return kind, f"bluesky:{parent}", f"bluesky:{root}"


def _profile(item: dict[str, Any], view: View) -> Record:
    exchange, did = view.exchange, item.get("did")
    left = PROFILE.check(item, exchange, "")
    media = list[Media]()
    for name in ("avatar", "banner"):
        if item.get(name):
            cid = _CID_IN_URL.search(item[name])
            url = view.file(str(did), cid[1], item[name]) if cid else item[name]
            media.append(
                Media(
                    cid[1] if cid else item[name],
                    "image",
                    url,
                    position=len(media) + 1,
                    missing_reason=None if url else UNTOLD,
                )
            )
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
        published_at=when(item["createdAt"], exchange, "/createdAt") if item.get("createdAt") else None,
        media=media,
        links=[item["website"]] if item.get("website") else [],
        repaired=id(item) in view.touched,
        leftover=left,
    )
    if item.get("labels"):
        _labelled(found, item["labels"], exchange, "")
    return found
