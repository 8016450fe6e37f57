"""Bluesky's AppView: posts, threads, profiles and feed items as app.bsky.* answers show them.

Seen on a real network: an answer between accounts of which one blocks the other is left out of threads though
the count includes it, asked for itself it shows its parent as a blockedPost; a deleted parent is a
notFoundPost; hidden replies come last; a taken-down account's posts are not found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from infra.sandbox.faces.bluesky_records import BLOCK, POST, WHERE, Json, Records, did, instant, rkey, tid
from infra.sandbox.faces.cid import record_cid
from infra.sandbox.model import Account, Post

LABELER = "did:plc:" + "labeler2" * 3  # the made-up moderation service
DEFS = "app.bsky.feed.defs"


@dataclass(frozen=True)
class Views(Records):
    base: str = ""

    # -- what there is ----------------------------------------------------------------------------

    def visible(self, post: Post | None) -> bool:
        return (
            post is not None
            and post.where == WHERE
            and post.status != "removed"
            and not self.author(post).suspended
        )

    @cached_property
    def living(self) -> list[Post]:
        return [post for post in self.network.posts.values() if self.visible(post)]

    def written(self, account: Account) -> Iterator[Post]:
        return (post for post in self.network.written[account.key] if self.visible(post))

    def reposts(self, post: Post) -> list[Post]:
        return [one for one in self.network.sharing[post.key] if one.repost == post.key and self.visible(one)]

    def quotes(self, post: Post) -> list[Post]:
        return [one for one in self.network.sharing[post.key] if one.quote == post.key and self.visible(one)]

    def account(self, actor: str) -> Account | None:
        """By DID or handle; a former handle is nobody's."""
        here = (one for one in self.network.accounts.values() if one.where == WHERE)
        return next((one for one in here if actor in (did(one), one.handle)), None)

    def post(self, uri: str) -> Post | None:
        """By its at-uri, whose authority may be a handle."""
        authority, _, path = uri.removeprefix("at://").partition("/")
        account = self.account(authority)
        own = (one for one in self.written(account) if not one.repost) if account else ()
        return next((one for one in own if path == f"{POST}/{rkey(one)}"), None)

    def blocked(self, one: Post, other: Post) -> bool:
        return self.apart(one.author, other.author)

    def apart(self, one: str, other: str) -> bool:
        """Whether one of two accounts blocks the other."""
        return [one, other] in self.network.blocks or [other, one] in self.network.blocks

    def answers(self, post: Post) -> list[Post]:
        """Oldest first, hidden ones last, without those that a block stands before."""
        found = [
            one
            for one in self.network.children[post.key]
            if self.visible(one) and not self.blocked(one, post)
        ]
        return sorted(found, key=lambda one: (one.status == "hidden", rkey(one)))

    # -- profiles ---------------------------------------------------------------------------------

    def basic(self, account: Account) -> Json:
        names = {"did": did(account), "handle": account.handle, "displayName": account.name}
        return {**names, "labels": [], "createdAt": instant(account.created)}

    def profile_view(self, account: Account) -> Json:
        return {**self.basic(account), "description": account.about, "indexedAt": instant(account.created)}

    def known(self, account: Account, viewer: Account) -> Json:
        """What is told beside a profile to who is signed in: how the two stand to each other."""
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
        """How an account, by its DID or handle, stands to the actor."""
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

    # -- posts ------------------------------------------------------------------------------------

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
            "replyCount": sum(self.visible(one) for one in self.network.children[post.key]),
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
        """The record's embed with addresses of pictures and what is quoted."""
        embed = self.record(post).get("embed")
        if embed is None:
            return None
        kind = embed["$type"].rsplit(".", 1)[1]
        if kind == "external":
            return {"$type": "app.bsky.embed.external#view", "external": embed["external"]}
        quoted, images = (
            self.quoted(post) if post.quote else {},
            self.images(post, embed.get("media", embed)) if post.now.photos else {},
        )
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

    def quoted(self, post: Post) -> Json:
        target = self.network.posts[post.quote or ""]
        uri = self.uri(target)
        if not self.visible(target):
            inner: Json = {"$type": "app.bsky.embed.record#viewNotFound", "uri": uri, "notFound": True}
        elif self.blocked(post, target):
            inner = {
                "$type": "app.bsky.embed.record#viewBlocked",
                "uri": uri,
                "blocked": True,
                "author": {"did": did(self.author(target))},
            }
        else:
            view = (
                self.view(target) if target.quote is None else {**self.view(target), "embed": None}
            )  # quotes of quotes stay closed
            kept = (
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
            embeds = [view["embed"]] if view.get("embed") else []
            inner = {
                "$type": "app.bsky.embed.record#viewRecord",
                **{name: view[name] for name in kept},
                "value": view["record"],
                "embeds": embeds,
            }
        return {"$type": "app.bsky.embed.record#view", "record": inner}

    # -- threads and feeds ------------------------------------------------------------------------

    def stand_in(self, post: Post, beside: Post) -> Json | None:
        """What is shown instead of a post that is gone, or that a block keeps from `beside`."""
        if not self.visible(post):
            return {"$type": f"{DEFS}#notFoundPost", "uri": self.uri(post), "notFound": True}
        if self.blocked(post, beside):
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
            node["parent"] = self.stand_in(parent, post) or self.thread(parent, 0, height - 1)
        if depth > 0:
            node["replies"] = [self.thread(one, depth - 1, 0) for one in self.answers(post)]
        return node

    def item(self, post: Post) -> Json:
        """One entry of an author's feed."""
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
            name: self.stand_in(one, post) or {"$type": f"{DEFS}#postView", **self.view(one)}
            for name, one in (("root", root), ("parent", parent))
        }
        if parent.parent and self.visible(parent):
            shown["grandparentAuthor"] = self.basic(
                self.network.accounts[self.network.posts[parent.parent].author]
            )
        return {"post": self.view(post), "reply": shown}

    def feed(self, account: Account, kept: str) -> list[Post]:
        """An author's posts and reposts under one of getAuthorFeed's filters, newest first."""

        def wanted(post: Post) -> bool:
            if post.repost:
                return kept not in ("posts_with_media", "posts_with_video") and self.visible(
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
        """Milliseconds and CID: what a cursor is made of."""
        return int(post.created.timestamp() * 1000), self.cid(post)
