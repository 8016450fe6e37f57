"""Text, links and files of a post on Bluesky: its facets, and what is embedded in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

from recordroom.model import Exchange, Media
from recordroom.platforms.bluesky.views import TYPED
from recordroom.platforms.http import wrong
from recordroom.platforms.schema import ITEM, LIST, NULL, NUMBER, TEXT, Shape

REF = Shape({"uri": TEXT})  # a strong reference: the cid beside it is that of the moment
FACET = Shape({"index": ITEM, "features": LIST}, TYPED)
SLICE = Shape({"byteStart": NUMBER, "byteEnd": NUMBER})
FEATURES = {
    "app.bsky.richtext.facet#link": ("uri", Shape({"uri": TEXT}, TYPED)),
    "app.bsky.richtext.facet#mention": ("did", Shape({"did": TEXT}, TYPED)),
    "app.bsky.richtext.facet#tag": ("tag", Shape({"tag": TEXT}, TYPED)),
}
IMAGES = Shape({"images": LIST}, TYPED)
GALLERY = Shape({"items": LIST}, TYPED)
PICTURE = "app.bsky.embed.gallery#image"  # the network takes any other item, too, that it does not know
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
BOTH = Shape({"record": ITEM, "media": ITEM}, TYPED)
ALONGSIDE = (
    "app.bsky.embed.images",
    "app.bsky.embed.gallery",
    "app.bsky.embed.video",
    "app.bsky.embed.external",
)
UNTOLD = "not fetched: it is not told now where its author's server is"
RATIO = Shape({"width": NUMBER, "height": NUMBER})


class View(NamedTuple):
    """What all items of one exchange share. `servers`: DID -> where the originals of its files are, None
    where that is not told now; `hidden`: uri -> who hid it, and how we know; `gated`: uri -> the place in the
    answer that says so, where that stands in it. `only`: the posts that it is asked for; None: all of them.
    `apart`: what answers them is not read, so that its number is not compared."""

    exchange: Exchange
    me: str | None
    servers: Mapping[str, str | None]
    hidden: Mapping[str, Sequence[str | None]]
    touched: frozenset[int]
    since: datetime | None = (
        None  # older posts are without their conversations: their counts are not compared
    )
    only: frozenset[str] | None = None
    apart: bool = False
    gated: Mapping[str, str] = MappingProxyType({})

    def wants(self, uri: str) -> bool:
        return self.only is None or uri in self.only

    def file(self, did: str, cid: str, shown: str | None) -> str | None:
        """The address of the original at its owner's server where that is known; else the AppView's smaller
        copy, `shown`, but where that server may be known later."""
        server = self.servers.get(did)
        return blob_url(server, did, cid) if server else None if did in self.servers else shown


class Content:
    """Text, links and files of a post as they are gathered from its facets and its embed."""

    __slots__ = ("author", "left", "links", "media", "mentions", "quoted", "tags", "text", "view")

    def __init__(self, text: str, view: View, author: str) -> None:
        self.text, self.view, self.author = text, view, author
        self.links: list[str] = []
        self.mentions: list[str] = []
        self.tags: list[str] = []
        self.media: list[Media] = []
        self.quoted: str | None = None
        self.left: tuple[str, ...] = ()

    def add_facets(self, facets: list[Any], text: str, pointer: str) -> None:
        """Links, mentions (the name as it was written, and the DID), tags."""
        exchange = self.view.exchange
        for i, facet in enumerate(facets):
            self.left += FACET.check(facet, exchange, f"{pointer}/{i}", "record.facets")
            for feature in facet["features"]:
                kind = feature.get("$type") if isinstance(feature, dict) else None
                if not isinstance(kind, str) or kind not in FEATURES:
                    self.left += (f"record.facets.features.{kind}",)
                    continue
                name, shape = FEATURES[kind]
                self.left += shape.check(
                    feature, exchange, f"{pointer}/{i}/features", "record.facets.features"
                )
                found, there = (
                    feature[name],
                    {"uri": self.links, "did": self.mentions, "tag": self.tags}[name],
                )
                written = (
                    _written(facet["index"], text, exchange, f"{pointer}/{i}/index") if name == "did" else ""
                )
                there.extend(word for word in (written, found) if word and word not in there)

    def add_embed(self, embed: dict[str, Any], shown: Any, pointer: str) -> None:
        """`shown`: the AppView's view of the same embed."""
        kind, exchange = embed.get("$type"), self.view.exchange
        if kind in ("app.bsky.embed.images", "app.bsky.embed.gallery"):
            name, shape = ("images", IMAGES) if kind.endswith("images") else ("items", GALLERY)
            self.left += shape.check(embed, exchange, pointer, "record.embed")
            for i, image in enumerate(embed[name]):
                sort = image.get("$type") if isinstance(image, dict) else None
                if name == "items" and sort != PICTURE:
                    self.left += (f"record.embed.items.{sort}",)
                    continue
                self.left += IMAGE.check(image, exchange, f"{pointer}/{name}/{i}", "record.embed.images")
                self.add_file(
                    image["image"], f"{pointer}/{name}/{i}/image", _at(shown, name, i, "fullsize"), image
                )
        elif kind == "app.bsky.embed.video":
            self.left += VIDEO.check(embed, exchange, pointer, "record.embed")
            self.add_file(embed["video"], f"{pointer}/video", None, embed)
            for i, caption in enumerate(embed.get("captions") or ()):
                self.left += CAPTION.check(
                    caption, exchange, f"{pointer}/captions/{i}", "record.embed.captions"
                )
                self.add_file(caption["file"], f"{pointer}/captions/{i}/file", None, {})
        elif kind == "app.bsky.embed.external":
            self.left += EXTERNAL.check(embed, exchange, pointer, "record.embed")
            self.add_card(embed["external"], f"{pointer}/external", shown)
        elif kind == "app.bsky.embed.record":
            self.add_quote(embed, pointer)
        elif kind == "app.bsky.embed.recordWithMedia":
            self.left += BOTH.check(embed, exchange, pointer, "record.embed")
            self.add_quote(embed["record"], f"{pointer}/record")
            if (inner := embed["media"].get("$type")) in ALONGSIDE:
                self.add_embed(
                    embed["media"],
                    shown.get("media") if isinstance(shown, dict) else None,
                    f"{pointer}/media",
                )
            else:  # the network takes anything there that it does not know
                self.left += (f"record.embed.media.{inner}",)
        else:
            self.left += (f"record.embed.{kind}",)

    def add_quote(self, embed: dict[str, Any], pointer: str) -> None:
        self.left += QUOTE.check(embed, self.view.exchange, pointer, "record.embed")
        REF.check(embed["record"], self.view.exchange, f"{pointer}/record")
        self.quoted = f"bluesky:{embed['record']['uri']}"

    def add_card(self, card: dict[str, Any], pointer: str, shown: Any) -> None:
        """A link card belongs to the post (its author's program made it): its words are words of the post."""
        self.left += CARD.check(card, self.view.exchange, pointer, "record.embed.external")
        self.text = "\n\n".join(
            filter(None, (self.text, "\n".join(filter(None, (card["title"], card["description"])))))
        )
        if card["uri"] not in self.links:
            self.links.append(card["uri"])
        if card.get("thumb") is not None:
            self.add_file(card["thumb"], f"{pointer}/thumb", _at(shown, "external", "thumb"), {})

    def add_file(self, blob: dict[str, Any], pointer: str, shown: str | None, about: dict[str, Any]) -> None:
        ref, mime = blob.get("ref"), blob.get("mimeType")
        cid = (
            ref.get("$link") if isinstance(ref, dict) else blob.get("cid")
        )  # the latter in records of 2022 and before
        if not isinstance(cid, str) or not isinstance(mime, str):
            raise wrong(self.view.exchange, pointer, "a blob with its CID and type", blob)
        url, ratio = self.view.file(self.author, cid, shown), about.get("aspectRatio")
        if ratio is not None:
            RATIO.check(ratio, self.view.exchange, f"{pointer}/aspectRatio")
        self.media.append(
            Media(
                identity=cid,
                type=mime.partition("/")[0]
                if mime.startswith(("image/", "video/", "audio/"))
                else "document",
                url=url,
                alt_text=about.get("alt") or None,
                width=ratio["width"] if ratio else None,
                height=ratio["height"] if ratio else None,
                position=len(self.media) + 1,
                missing_reason=None
                if url
                else UNTOLD
                if self.author in self.view.servers
                else "its author's server is not known",
            )
        )


def blob_url(server: str, did: str, cid: str) -> str:
    return f"{server}/xrpc/com.atproto.sync.getBlob?did={quoted(did)}&cid={quoted(cid)}"


@lru_cache(maxsize=1024)
def quoted(word: str) -> str:
    return quote(word, safe=":")


def _written(index: dict[str, Any], text: str, exchange: Exchange, pointer: str) -> str:
    """The part of the text that a facet covers, in bytes of UTF-8, without the @."""
    SLICE.check(index, exchange, pointer)
    start, end = index["byteStart"], index["byteEnd"]
    return text.encode()[start:end].decode("utf-8", "replace").lstrip("@") if 0 <= start < end else ""


def _at(value: Any, *path: str | int) -> str | None:
    """The text at a path, None where there is none."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value if isinstance(value, str) else None
