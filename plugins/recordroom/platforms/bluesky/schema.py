"""The shapes of Bluesky's responses, and the keys of its contexts.

They follow the lexicons of the PyPI package atproto (https://docs.bsky.app/docs/api/).
"""

from __future__ import annotations

from typing import Any, cast

from recordroom.model import Exchange
from recordroom.platforms.context import Context
from recordroom.platforms.schema import ITEM, LIST, NULL, NUMBER, TEXT, Shape


class BlueskyContext(Context, total=False):
    """Keys of Bluesky's exchanges.

    since: of a feed, the time before which conversations were not read, so that counts are not compared.
    servers: the servers of repositories by DID, which have the original files; None if not known now.
    hidden: who hides a post, and why, by the address of the post.
    only: addresses of the posts that are read; without it, all are read.
    apart: the replies to these posts are not read, so that counts are not compared.
    convo: ID of the conversation of a page of messages.
    people: of messages, handle and name by DID; of blocks, the DIDs of people and addresses of lists.
    handles: handles of blocked people by DID.
    """

    since: str
    servers: dict[str, str | None]
    hidden: dict[str, Any]
    only: list[str]
    apart: bool
    convo: str
    people: Any
    handles: dict[str, str]


def context_of(exchange: Exchange) -> BlueskyContext:
    return cast(BlueskyContext, exchange.context)


VIEWER = "about the person who asks"
TYPED = {"$type": "says what the place says"}

# -- posts: the fields that a crawl reads. The others are for `parse`: a crawl goes on wherever these are as
# promised --

POST_HEAD = Shape(
    {
        "uri": TEXT,
        "author": ITEM,
        "record": ITEM,
        "indexedAt": TEXT,
        "replyCount": NUMBER | NULL,
        "quoteCount": NUMBER | NULL,
    }
)
AUTHOR_HEAD = Shape({"did": TEXT})
RECORD_HEAD = Shape({"createdAt": TEXT, "reply": ITEM | NULL})
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

# -- posts and profiles --

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
POST_VIEW = Shape(
    {
        "uri": TEXT,
        "cid": TEXT,
        "author": ITEM,
        "record": ITEM,
        "indexedAt": TEXT,
        "embed": ITEM | NULL,
        "labels": LIST | NULL,
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
        "tags": LIST | NULL,
    },
    dict.fromkeys(("entities", "labels"), "older form of facets; said again by the view's labels")
    | dict.fromkeys(("via", "bridgyOriginalText", "bridgyOriginalUrl", "fediverseId"), "of other programs")
    | TYPED,
)
LABEL = Shape(
    {"src": TEXT, "val": TEXT},
    dict.fromkeys(("uri", "cid", "cts", "exp", "ver", "sig", "neg"), "not of its meaning") | TYPED,
)
STORED_RECORD = Shape({"uri": TEXT, "value": ITEM}, {"cid": "its change is seen in the content"})

# -- text and files --

FACET = Shape({"index": ITEM, "features": LIST}, TYPED)
SLICE = Shape({"byteStart": NUMBER, "byteEnd": NUMBER})
LINK = Shape({"uri": TEXT}, TYPED)
MENTION = Shape({"did": TEXT}, TYPED)
TAG = Shape({"tag": TEXT}, TYPED)
IMAGES = Shape({"images": LIST}, TYPED)
GALLERY = Shape({"items": LIST}, TYPED)
IMAGE = Shape({"image": ITEM, "alt": TEXT | NULL, "aspectRatio": ITEM | NULL}, TYPED)
VIDEO = Shape(
    {"video": ITEM, "alt": TEXT | NULL, "aspectRatio": ITEM | NULL, "captions": LIST | NULL},
    {"presentation": "loops or not"} | TYPED,
)
CAPTION = Shape({"file": ITEM}, {"lang": "of the file"} | TYPED)
EXTERNAL = Shape({"external": ITEM}, TYPED)
CARD = Shape(
    {"uri": TEXT, "title": TEXT, "description": TEXT, "thumb": ITEM | NULL},
    {"associatedRefs": "records of the linked page"} | TYPED,
)
QUOTE = Shape({"record": ITEM}, TYPED)
QUOTE_WITH_MEDIA = Shape({"record": ITEM, "media": ITEM}, TYPED)
REF = Shape({"uri": TEXT})  # a strong reference; its cid is that of the moment
RATIO = Shape({"width": NUMBER, "height": NUMBER})

# -- notifications --

NOTICES = Shape({"notifications": LIST, "cursor": TEXT | NULL})
NOTICE = Shape(
    {"uri": TEXT, "author": ITEM, "reason": TEXT, "record": ITEM, "indexedAt": TEXT, "labels": LIST | NULL},
    dict.fromkeys(("cid", "reasonSubject", "starterPack"), "said by the record") | {"isRead": VIEWER},
)

# -- private messages --

CONVOS = Shape({"convos": LIST, "cursor": TEXT | NULL})
CONVO = Shape({"id": TEXT, "members": LIST, "lastMessage": ITEM | NULL})
PERSON = Shape({"did": TEXT, "handle": TEXT, "displayName": TEXT | NULL})
MESSAGES = Shape({"messages": LIST, "relatedProfiles": LIST | NULL, "cursor": TEXT | NULL})
MESSAGE_HEAD = Shape({"id": TEXT, "sentAt": TEXT})  # what a crawl reads of a message, or of what replaces it
MESSAGE = Shape(
    {
        "id": TEXT,
        "sentAt": TEXT,
        "text": TEXT,
        "sender": ITEM,
        "facets": LIST | NULL,
        "embed": ITEM | NULL,
        "replyTo": ITEM | NULL,
    },
    {"rev": "counts what happens in a chat", "reactions": "who reacted how"} | TYPED,
)
SENDER = Shape({"did": TEXT})
MESSAGE_EMBED = Shape({"record": ITEM | NULL, "joinLinkPreview": ITEM | NULL}, TYPED)
SHARED = Shape({"uri": TEXT | NULL})
JOIN = Shape({"code": TEXT, "name": TEXT | NULL})

# -- blocks --

BLOCK_PAGE = Shape({"records": LIST, "cursor": TEXT | NULL})
BLOCK_ENTRY = Shape({"uri": TEXT, "value": ITEM}, {"cid": "said by the record"})
BLOCK = Shape({"subject": TEXT}, {"$type": "said by the list", "createdAt": "when, which the evidence has"})
PROFILES = Shape({"profiles": LIST})
HANDLE = Shape({"did": TEXT, "handle": TEXT})

# -- sessions --

SESSION = Shape({"did": TEXT, "accessJwt": TEXT})
