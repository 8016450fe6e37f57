"""The records of Bluesky's repositories, and the AppView's views of them.

Records are posts, reposts, threadgates, profiles, and blocks. A DID is derived from the account's key and
survives a rename. Record keys are TIDs (microseconds << 10 | clock ID), so that their order is the order of
time. A strong reference has the CID that its target had at that time. Sources: atproto.com/specs/tid, the
lexicons app.bsky.feed.post, .threadgate, .repost, app.bsky.actor.profile, .graph.block.

Views, as seen on a real network: threads leave out a reply between accounts that block each other, but count
it; requested by itself, it shows its parent as a blockedPost. A deleted parent is a notFoundPost. Hidden
replies come last. The posts of a suspended account are not found.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property

from infra.sandbox.faces.cid import blob_cid, record_cid
from infra.sandbox.faces.common import Json, photo_bytes
from infra.sandbox.markup import pieces, values
from infra.sandbox.model import Account, Photo, Post, Version
from infra.sandbox.network import Network

WHERE = "bluesky"
POST, REPOST, GATE, PROFILE, BLOCK = (
    f"app.bsky.{name}"
    for name in ("feed.post", "feed.repost", "feed.threadgate", "actor.profile", "graph.block")
)
SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
LABELER = "did:plc:" + "labeler2" * 3  # the made-up moderation service
DEFS = "app.bsky.feed.defs"
QUOTED = (
    "uri",
    "cid",
    "author",
    "labels",
    "likeCount",
    "replyCount",
    "repostCount",
    "quoteCount",
    "indexedAt",
)


def instant(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"


def letters(count: int) -> str:
    """Return thirteen letters whose order is that of the numbers."""
    return "".join(SORTABLE[count >> shift & 31] for shift in range(60, -5, -5))


@cache
def tid(when: datetime, number: int) -> str:
    """Return the TID of a record.

    No two numbers have the same TID in one second: the low bits of the number are the clock's, the others
    become microseconds.
    """
    return letters((int(when.timestamp()) * 10**6 + when.microsecond + (number >> 10)) << 10 | number & 1023)


def facets(text: str, network: Network) -> list[Json]:
    """Return links, tags, and mentions with their offsets in UTF-8 bytes."""
    found: list[Json] = []
    for piece in pieces(text):
        mentioned = network.accounts.get(f"{WHERE}/{piece.value}") if piece.kind == "mention" else None
        feature: Json | None = None
        if piece.kind == "link":
            feature = {"$type": "app.bsky.richtext.facet#link", "uri": piece.value}
        elif piece.kind == "tag":
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": piece.value}
        elif mentioned is not None:
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": did(mentioned)}
        if feature:
            start, end = len(text[: piece.start].encode()), len(text[: piece.end].encode())
            found.append({"features": [feature], "index": {"byteEnd": end, "byteStart": start}})
    return found


@cache
def _did(key: str) -> str:
    return "did:plc:" + base64.b32encode(hashlib.sha256(key.encode()).digest()).decode().lower()[:24]


def did(account: Account) -> str:
    return _did(account.key)


def rkey(post: Post) -> str:
    return tid(post.created, post.number)


@dataclass(frozen=True)
class Views:
    """All that the public sees, as records and as views.

    Created for each request.
    """

    network: Network
    cids: dict[tuple[str, int], str] = field(default_factory=dict)  # of each version, once computed
    base: str = ""  # address of the face

    def author(self, post: Post) -> Account:
        return self.network.accounts[post.author]

    def uri(self, post: Post, collection: str = POST) -> str:
        return f"at://{did(self.author(post))}/{REPOST if post.repost else collection}/{rkey(post)}"

    def cid(self, post: Post, at: datetime | None = None) -> str:
        """Return the CID of a post as it is, or as it was at a time."""
        version = (
            post.now
            if at is None
            else next((one for one in reversed(post.versions) if one.at <= at), post.versions[0])
        )
        key = (post.key, version.number)
        if key not in self.cids:
            self.cids[key] = record_cid(self.record(post, version))
        return self.cids[key]

    def reference(self, post: Post, at: datetime) -> Json:
        return {"cid": self.cid(post, at), "uri": self.uri(post)}

    def record(self, post: Post, version: Version | None = None) -> Json:
        if post.repost:
            return {
                "$type": REPOST,
                "createdAt": instant(post.created),
                "subject": self.reference(self.network.posts[post.repost], post.created),
            }
        version = version or post.now
        record: Json = {
            "$type": POST,
            "text": version.text,
            "langs": [post.language],
            "createdAt": instant(post.created),
        }
        if found := facets(version.text, self.network):
            record["facets"] = found
        if post.root and post.parent:
            root, parent = self.network.posts[post.root], self.network.posts[post.parent]
            record["reply"] = {
                "root": self.reference(root, post.created),
                "parent": self.reference(parent, post.created),
            }
        if embed := self.embed(post, version):
            record["embed"] = embed
        return record

    def embed(self, post: Post, version: Version) -> Json | None:
        quoted, links = self.network.posts.get(post.quote or ""), values(version.text, "link")
        images = {"$type": "app.bsky.embed.images", "images": [self.image(photo) for photo in version.photos]}
        record = (
            {"$type": "app.bsky.embed.record", "record": self.reference(quoted, post.created)}
            if quoted
            else None
        )
        if record and version.photos:
            return {"$type": "app.bsky.embed.recordWithMedia", "record": record, "media": images}
        if record or version.photos:
            return record or images
        if links:
            about = {"uri": links[0], "title": links[0].split("/")[2], "description": ""}
            return {"$type": "app.bsky.embed.external", "external": about}
        return None

    def image(self, photo: Photo) -> Json:
        data = photo_bytes(WHERE, photo)
        blob = {
            "$type": "blob",
            "ref": {"$link": blob_cid(data)},
            "mimeType": f"image/{photo.kind}",
            "size": len(data),
        }
        return {
            "alt": photo.alt,
            "image": blob,
            "aspectRatio": {"width": photo.width, "height": photo.height},
        }

    # -- the other collections ---------------------------------------------------------------------

    def profile(self, account: Account) -> Json:
        return {
            "$type": PROFILE,
            "displayName": account.name,
            "description": account.about,
            "createdAt": instant(account.created),
        }

    def hidden(self, root: Post) -> list[Post]:
        """Return the replies of a conversation that its author has hidden."""
        found, level = [], [root]
        while level:
            level = [answer for post in level for answer in self.network.children[post.key]]
            found += [answer for answer in level if answer.status == "hidden"]
        return found

    def gate(self, root: Post) -> Json | None:
        hidden = [self.uri(post) for post in self.hidden(root)]
        return (
            {
                "$type": GATE,
                "post": self.uri(root),
                "createdAt": instant(root.created),
                "hiddenReplies": hidden,
            }
            if hidden
            else None
        )

    def collection(self, account: Account, name: str) -> dict[str, Json]:
        """Return one collection of a repository: {record key: record}."""
        own = [one for one in self.network.written[account.key] if one.status != "removed"]
        if name == PROFILE:
            return {"self": self.profile(account)}
        if name == BLOCK:
            blocked = [self.network.accounts[whom] for who, whom in self.network.blocks if who == account.key]
            at = instant(self.network.start)
            return {
                tid(self.network.start, one.number): {"$type": BLOCK, "subject": did(one), "createdAt": at}
                for one in blocked
            }
        if name == GATE:
            gates = {rkey(one): self.gate(one) for one in own if not one.root}
            return {key: gate for key, gate in gates.items() if gate}
        return {rkey(one): self.record(one) for one in own if (REPOST if one.repost else POST) == name}

    # -- visibility --------------------------------------------------------------------------------

    def is_visible(self, post: Post | None) -> bool:
        return (
            post is not None
            and post.where == WHERE
            and post.status != "removed"
            and not self.author(post).suspended
        )

    @cached_property
    def living(self) -> list[Post]:
        return [post for post in self.network.posts.values() if self.is_visible(post)]

    def written(self, account: Account) -> Iterator[Post]:
        return (post for post in self.network.written[account.key] if self.is_visible(post))

    def reposts(self, post: Post) -> list[Post]:
        return [
            one for one in self.network.sharing[post.key] if one.repost == post.key and self.is_visible(one)
        ]

    def quotes(self, post: Post) -> list[Post]:
        return [
            one for one in self.network.sharing[post.key] if one.quote == post.key and self.is_visible(one)
        ]

    def account(self, actor: str) -> Account | None:
        """Return an account by its DID or present handle."""
        here = (one for one in self.network.accounts.values() if one.where == WHERE)
        return next((one for one in here if actor in (did(one), one.handle)), None)

    def post(self, uri: str) -> Post | None:
        """Return a post by its at-uri. The authority may be a handle."""
        authority, _, path = uri.removeprefix("at://").partition("/")
        account = self.account(authority)
        own = (one for one in self.written(account) if not one.repost) if account else ()
        return next((one for one in own if path == f"{POST}/{rkey(one)}"), None)

    def blocks(self, one: Post, other: Post) -> bool:
        return self.is_blocked(one.author, other.author)

    def is_blocked(self, one: str, other: str) -> bool:
        """Return whether one of two accounts blocks the other."""
        return [one, other] in self.network.blocks or [other, one] in self.network.blocks

    def replies(self, post: Post) -> list[Post]:
        """Return the replies to a post, without blocked ones.

        The oldest come first, hidden ones last.
        """
        found = [
            one
            for one in self.network.children[post.key]
            if self.is_visible(one) and not self.blocks(one, post)
        ]
        return sorted(found, key=lambda one: (one.status == "hidden", rkey(one)))

    # -- profiles ----------------------------------------------------------------------------------

    def basic(self, account: Account) -> Json:
        names = {"did": did(account), "handle": account.handle, "displayName": account.name}
        return {**names, "labels": [], "createdAt": instant(account.created)}

    def profile_view(self, account: Account) -> Json:
        return {**self.basic(account), "description": account.about, "indexedAt": instant(account.created)}

    def viewer_state(self, account: Account, viewer: Account) -> Json:
        """Return a profile's relation to the signed-in account."""
        state: Json = dict.fromkeys(("mutedOnlyReposts", "mutedOnlyQuoteposts"), False)
        state |= {
            "muted": [viewer.key, account.key] in self.network.mutes,
            "blockedBy": [account.key, viewer.key] in self.network.blocks,
        }
        if [viewer.key, account.key] in self.network.blocks:
            state["blocking"] = self.block_uri(viewer, account)
        return {"viewer": state, "associated": {"activitySubscription": {"allowSubscriptions": "followers"}}}

    def block_uri(self, who: Account, whom: Account) -> str:
        return f"at://{did(who)}/{BLOCK}/{tid(self.network.start, whom.number)}"

    def relationship(self, actor: Account, name: str) -> Json:
        """Return the blocks between an account, by its DID or handle, and the actor."""
        other = self.account(name)
        if other is None:
            return {"$type": "app.bsky.graph.defs#notFoundActor", "actor": name, "notFound": True}
        pairs = (("blocking", actor, other), ("blockedBy", other, actor))
        blocks = {
            kind: self.block_uri(who, whom)
            for kind, who, whom in pairs
            if [who.key, whom.key] in self.network.blocks
        }
        return {"$type": "app.bsky.graph.defs#relationship", "did": did(other), **blocks}

    def detailed(self, account: Account) -> Json:
        posts = sum(not post.repost for post in self.written(account))
        counts = {"followersCount": 20 + account.number, "followsCount": account.number, "postsCount": posts}
        return {**self.profile_view(account), **counts}

    # -- posts -------------------------------------------------------------------------------------

    def view(self, post: Post) -> Json:
        shown: Json = {
            "uri": self.uri(post),
            "cid": self.cid(post),
            "author": self.basic(self.author(post)),
            "record": self.record(post),
        }
        if embed := self.embed_view(post):
            shown["embed"] = embed
        counts = {
            "bookmarkCount": 0,
            "replyCount": sum(self.is_visible(one) for one in self.network.children[post.key]),
            "repostCount": len(self.reposts(post)),
            "likeCount": post.likes,
            "quoteCount": len(self.quotes(post)),
        }
        shown |= {**counts, "indexedAt": instant(post.now.at), "labels": self.labels(post)}
        if gate := self.gate_view(post):
            shown["threadgate"] = gate
        return shown

    def labels(self, post: Post) -> list[Json]:
        about = {"src": LABELER, "uri": self.uri(post), "cid": self.cid(post), "cts": instant(post.created)}
        return [{**about, "val": label} for label in post.labels]

    def gate_view(self, post: Post | None) -> Json | None:
        record = self.gate(post) if post is not None and not post.root else None
        if post is None or record is None:
            return None
        return {
            "uri": f"at://{did(self.author(post))}/{record['$type']}/{rkey(post)}",
            "cid": record_cid(record),
            "record": record,
            "lists": [],
        }

    def embed_view(self, post: Post) -> Json | None:
        """Return the record's embed, with addresses of images and with the quoted post."""
        embed = self.record(post).get("embed")
        if embed is None:
            return None
        kind = embed["$type"].rsplit(".", 1)[1]
        if kind == "external":
            return {"$type": "app.bsky.embed.external#view", "external": embed["external"]}
        quoted = self.quoted_view(post) if post.quote else {}
        images = self.images(post, embed.get("media", embed)) if post.now.photos else {}
        if kind == "recordWithMedia":
            return {"$type": "app.bsky.embed.recordWithMedia#view", "record": quoted, "media": images}
        return quoted or images

    def images(self, post: Post, embed: Json) -> Json:
        shown = []
        for image in embed["images"]:
            path = f"plain/{did(self.author(post))}/{image['image']['ref']['$link']}"
            addresses = {
                "thumb": f"{self.base}/img/feed_thumbnail/{path}",
                "fullsize": f"{self.base}/img/feed_fullsize/{path}",
            }
            shown.append({**addresses, "alt": image["alt"], "aspectRatio": image["aspectRatio"]})
        return {"$type": "app.bsky.embed.images#view", "images": shown}

    def quoted_view(self, post: Post) -> Json:
        target = self.network.posts[post.quote or ""]
        uri = self.uri(target)
        if not self.is_visible(target):
            inner: Json = {"$type": "app.bsky.embed.record#viewNotFound", "uri": uri, "notFound": True}
        elif self.blocks(post, target):
            inner = {
                "$type": "app.bsky.embed.record#viewBlocked",
                "uri": uri,
                "blocked": True,
                "author": {"did": did(self.author(target))},
            }
        else:
            view = self.view(target)
            # a quote within a quote is not shown
            embeds = [view["embed"]] if view.get("embed") and target.quote is None else []
            inner = {
                "$type": "app.bsky.embed.record#viewRecord",
                **{name: view[name] for name in QUOTED},
                "value": view["record"],
                "embeds": embeds,
            }
        return {"$type": "app.bsky.embed.record#view", "record": inner}

    # -- threads and feeds -------------------------------------------------------------------------

    def placeholder(self, post: Post, reader: Post) -> Json | None:
        """Return what replaces a removed or blocked post; None for a visible one.

        reader: a post of the account that may be blocked.
        """
        if not self.is_visible(post):
            return {"$type": f"{DEFS}#notFoundPost", "uri": self.uri(post), "notFound": True}
        if self.blocks(post, reader):
            return {
                "$type": f"{DEFS}#blockedPost",
                "uri": self.uri(post),
                "blocked": True,
                "author": {"did": did(self.author(post))},
            }
        return None

    def thread(self, post: Post, depth: int, height: int) -> Json:
        node: Json = {"$type": f"{DEFS}#threadViewPost", "post": self.view(post), "threadContext": {}}
        parent = self.network.posts.get(post.parent or "")
        if parent is not None and height > 0:
            node["parent"] = self.placeholder(parent, post) or self.thread(parent, 0, height - 1)
        if depth > 0:
            node["replies"] = [self.thread(one, depth - 1, 0) for one in self.replies(post)]
        return node

    def item(self, post: Post) -> Json:
        """Return an entry of an author's feed."""
        if post.repost:
            by, cid = self.basic(self.author(post)), self.cid(post)
            reason = {
                "$type": f"{DEFS}#reasonRepost",
                "by": by,
                "uri": self.uri(post),
                "cid": cid,
                "indexedAt": instant(post.created),
            }
            return {"post": self.view(self.network.posts[post.repost]), "reason": reason}
        if not post.parent:
            return {"post": self.view(post)}
        root, parent = self.network.posts[post.root or ""], self.network.posts[post.parent]
        shown = {
            name: self.placeholder(one, post) or {"$type": f"{DEFS}#postView", **self.view(one)}
            for name, one in (("root", root), ("parent", parent))
        }
        if parent.parent and self.is_visible(parent):
            shown["grandparentAuthor"] = self.basic(
                self.network.accounts[self.network.posts[parent.parent].author]
            )
        return {"post": self.view(post), "reply": shown}

    def feed(self, account: Account, kept: str) -> list[Post]:
        """Return an author's posts and reposts, newest first.

        kept: a filter of getAuthorFeed.
        """

        def wanted(post: Post) -> bool:
            if post.repost:
                return kept not in ("posts_with_media", "posts_with_video") and self.is_visible(
                    self.network.posts[post.repost]
                )
            if kept == "posts_with_media":
                return bool(post.now.photos)
            if kept == "posts_and_author_threads":
                return not post.parent or (
                    post.parent_author == account.key
                    and self.network.posts[post.root or ""].author == account.key
                )
            return kept != "posts_with_video" and (kept != "posts_no_replies" or not post.parent)

        found = [post for post in self.written(account) if wanted(post)]
        return sorted(found, key=self.place_in_feed, reverse=True)

    def place_in_feed(self, post: Post) -> tuple[int, str]:
        """Return the parts of a cursor: milliseconds and CID."""
        return int(post.created.timestamp() * 1000), self.cid(post)
