"""The records that lie in repositories of the AT Protocol: posts, reposts, threadgates, profiles, blocks,
with their keys.

A DID is made from the account's key and so survives a rename; record keys are TIDs (microseconds << 10 |
clock id), so that their order is the order of time. A strong reference holds the CID that its target had
then. Sources: atproto.com/specs/tid, the lexicons app.bsky.feed.post, .threadgate, .repost,
app.bsky.actor.profile, .graph.block.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from infra.sandbox.faces.cid import blob_cid, record_cid
from infra.sandbox.markup import pieces, values
from infra.sandbox.model import Account, Photo, Post, Version
from infra.sandbox.network import Network
from infra.sandbox.pictures import picture

WHERE = "bluesky"
POST, REPOST, GATE, PROFILE, BLOCK = (
    f"app.bsky.{name}"
    for name in ("feed.post", "feed.repost", "feed.threadgate", "actor.profile", "graph.block")
)
SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
Json = dict[str, Any]


def instant(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"


def letters(count: int) -> str:
    """Thirteen letters whose order is that of the numbers."""
    return "".join(SORTABLE[count >> shift & 31] for shift in range(60, -5, -5))


@cache
def tid(when: datetime, number: int) -> str:
    """No two numbers have the same in one second: the number's low bits are the clock's, the others some
    microseconds.
    """
    return letters((int(when.timestamp()) * 10**6 + when.microsecond + (number >> 10)) << 10 | number & 1023)


def photo_bytes(photo: Photo) -> bytes:
    return picture(photo.kind, photo.seed or f"{WHERE}{photo.number}", photo.width, photo.height)


def facets(text: str, network: Network) -> list[Json]:
    """Links, tags and mentions with their place in the text's UTF-8 bytes."""
    found: list[Json] = []
    for piece in pieces(text):
        known = network.accounts.get(f"{WHERE}/{piece.value}") if piece.kind == "mention" else None
        feature: Json | None = None
        if piece.kind == "link":
            feature = {"$type": "app.bsky.richtext.facet#link", "uri": piece.value}
        elif piece.kind == "tag":
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": piece.value}
        elif known is not None:
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": did(known)}
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
class Records:
    """Made anew for each request, so what was computed once holds for all of its answer."""

    network: Network
    cids: dict[tuple[str, int], str] = field(default_factory=dict)

    def author(self, post: Post) -> Account:
        return self.network.accounts[post.author]

    def uri(self, post: Post, collection: str = POST) -> str:
        return f"at://{did(self.author(post))}/{REPOST if post.repost else collection}/{rkey(post)}"

    def cid(self, post: Post, at: datetime | None = None) -> str:
        """Of the post as it is, or as it was at a time."""
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
        data = photo_bytes(photo)
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

    # -- the other collections --------------------------------------------------------------------

    def profile(self, account: Account) -> Json:
        return {
            "$type": PROFILE,
            "displayName": account.name,
            "description": account.about,
            "createdAt": instant(account.created),
        }

    def hidden(self, root: Post) -> list[Post]:
        """The replies of a conversation that its author has hidden."""
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
        """{record key: record} of one collection of a repository."""
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
