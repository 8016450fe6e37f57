"""The text, links, and files of a post on Bluesky: its facets, and its embed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

from recordroom.model import Exchange, Media
from recordroom.platforms.bluesky.schema import (
    CAPTION,
    CARD,
    EXTERNAL,
    FACET,
    GALLERY,
    IMAGE,
    IMAGES,
    LINK,
    MENTION,
    QUOTE,
    QUOTE_WITH_MEDIA,
    RATIO,
    REF,
    SLICE,
    TAG,
    VIDEO,
    BlueskyContext,
)
from recordroom.platforms.http import wrong

_FEATURES = {
    "app.bsky.richtext.facet#link": ("uri", LINK),
    "app.bsky.richtext.facet#mention": ("did", MENTION),
    "app.bsky.richtext.facet#tag": ("tag", TAG),
}
_GALLERY_IMAGE = "app.bsky.embed.gallery#image"  # the network accepts items of other, unknown types too
_WITH_QUOTES = (  # what a post may embed next to a quote
    "app.bsky.embed.images",
    "app.bsky.embed.gallery",
    "app.bsky.embed.video",
    "app.bsky.embed.external",
)
UNREACHABLE = "not fetched: it is not told now where its author's server is"


class View(NamedTuple):
    """One response while it is parsed: what all its items share.

    gated: the place in the response that hides a post, by its address.
    The others are explained in BlueskyContext.
    """

    exchange: Exchange
    context: BlueskyContext
    me: str | None  # DID of the captured account; None for a saved body
    servers: Mapping[str, str | None]
    hidden: Mapping[str, Sequence[str | None]]
    touched: frozenset[int]  # id() of each object that held text which Unicode does not allow
    since: datetime | None = None
    only: frozenset[str] | None = None
    apart: bool = False
    gated: Mapping[str, str] = MappingProxyType({})

    def wants(self, uri: str) -> bool:
        """Return whether the post is read."""
        return self.only is None or uri in self.only

    def file(self, did: str, cid: str, shown: str | None) -> str | None:
        """Return the address of the original file at its owner's server.

        shown: the address of the AppView's smaller copy, which is returned where the server is not known; not
        where it may be known later.
        """
        server = self.servers.get(did)
        return _blob_url(server, did, cid) if server else None if did in self.servers else shown


class Content:
    """The text, links, and files of a post, gathered from its facets and its embed.

    author: DID of the author, whose server has the files.
    quoted: record ID of the quoted post.
    left: unrecognized fields.
    """

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
        """Add links, mentions (the name as it was written, and the DID), and tags."""
        exchange, where = self.view.exchange, "record.facets"
        lists = {"uri": self.links, "did": self.mentions, "tag": self.tags}
        for i, facet in enumerate(facets):
            self.left += FACET.check(facet, exchange, f"{pointer}/{i}", where)
            for feature in facet["features"]:
                kind = feature.get("$type") if isinstance(feature, dict) else None
                if not isinstance(kind, str) or kind not in _FEATURES:
                    self.left += (f"{where}.features.{kind}",)
                    continue
                name, shape = _FEATURES[kind]
                self.left += shape.check(feature, exchange, f"{pointer}/{i}/features", f"{where}.features")
                written = ""
                if name == "did":
                    written = _covered(facet["index"], text, exchange, f"{pointer}/{i}/index")
                there = lists[name]
                there.extend(word for word in (written, feature[name]) if word and word not in there)

    def add_embed(self, embed: dict[str, Any], shown: Any, pointer: str) -> None:
        """Add the files, card, or quote of an embed. shown: the AppView's view of it."""
        kind, exchange = embed.get("$type"), self.view.exchange
        if kind == "app.bsky.embed.images":
            self.left += IMAGES.check(embed, exchange, pointer, "record.embed")
            self._add_images(embed, "images", shown, pointer)
        elif kind == "app.bsky.embed.gallery":
            self.left += GALLERY.check(embed, exchange, pointer, "record.embed")
            self._add_images(embed, "items", shown, pointer)
        elif kind == "app.bsky.embed.video":
            self._add_video(embed, pointer)
        elif kind == "app.bsky.embed.external":
            self.left += EXTERNAL.check(embed, exchange, pointer, "record.embed")
            self._add_card(embed["external"], f"{pointer}/external", shown)
        elif kind == "app.bsky.embed.record":
            self._add_quote(embed, pointer)
        elif kind == "app.bsky.embed.recordWithMedia":
            self.left += QUOTE_WITH_MEDIA.check(embed, exchange, pointer, "record.embed")
            self._add_quote(embed["record"], f"{pointer}/record")
            if (inner := embed["media"].get("$type")) in _WITH_QUOTES:
                inner_shown = shown.get("media") if isinstance(shown, dict) else None
                self.add_embed(embed["media"], inner_shown, f"{pointer}/media")
            else:  # the network accepts other, unknown types here
                self.left += (f"record.embed.media.{inner}",)
        else:
            self.left += (f"record.embed.{kind}",)

    def _add_images(self, embed: dict[str, Any], name: str, shown: Any, pointer: str) -> None:
        for i, image in enumerate(embed[name]):
            kind = image.get("$type") if isinstance(image, dict) else None
            if name == "items" and kind != _GALLERY_IMAGE:
                self.left += (f"record.embed.items.{kind}",)
                continue
            where = f"{pointer}/{name}/{i}"
            self.left += IMAGE.check(image, self.view.exchange, where, "record.embed.images")
            self._add_file(image["image"], f"{where}/image", _text_at(shown, name, i, "fullsize"), image)

    def _add_video(self, embed: dict[str, Any], pointer: str) -> None:
        exchange = self.view.exchange
        self.left += VIDEO.check(embed, exchange, pointer, "record.embed")
        self._add_file(embed["video"], f"{pointer}/video", None, embed)
        for i, caption in enumerate(embed.get("captions") or ()):
            where = f"{pointer}/captions/{i}"
            self.left += CAPTION.check(caption, exchange, where, "record.embed.captions")
            self._add_file(caption["file"], f"{where}/file", None, {})

    def _add_quote(self, embed: dict[str, Any], pointer: str) -> None:
        self.left += QUOTE.check(embed, self.view.exchange, pointer, "record.embed")
        REF.check(embed["record"], self.view.exchange, f"{pointer}/record")
        self.quoted = f"bluesky:{embed['record']['uri']}"

    def _add_card(self, card: dict[str, Any], pointer: str, shown: Any) -> None:
        """Add a link card. The author's program made it, so its text belongs to the post."""
        self.left += CARD.check(card, self.view.exchange, pointer, "record.embed.external")
        lines = "\n".join(filter(None, (card["title"], card["description"])))
        self.text = "\n\n".join(filter(None, (self.text, lines)))
        if card["uri"] not in self.links:
            self.links.append(card["uri"])
        if card.get("thumb") is not None:
            self._add_file(card["thumb"], f"{pointer}/thumb", _text_at(shown, "external", "thumb"), {})

    def _add_file(self, blob: dict[str, Any], pointer: str, shown: str | None, about: dict[str, Any]) -> None:
        """Add a file. about: the object with its description and its aspect ratio."""
        ref, mime = blob.get("ref"), blob.get("mimeType")
        cid = ref.get("$link") if isinstance(ref, dict) else blob.get("cid")  # `cid`: in 2022 and before
        if not isinstance(cid, str) or not isinstance(mime, str):
            raise wrong(self.view.exchange, pointer, "a blob with its CID and type", blob)
        url, ratio = self.view.file(self.author, cid, shown), about.get("aspectRatio")
        if ratio is not None:
            RATIO.check(ratio, self.view.exchange, f"{pointer}/aspectRatio")
        is_known = mime.startswith(("image/", "video/", "audio/"))
        missing = UNREACHABLE if self.author in self.view.servers else "its author's server is not known"
        self.media.append(
            Media(
                identity=cid,
                type=mime.partition("/")[0] if is_known else "document",
                url=url,
                alt_text=about.get("alt") or None,
                width=ratio["width"] if ratio else None,
                height=ratio["height"] if ratio else None,
                position=len(self.media) + 1,
                missing_reason=None if url else missing,
            )
        )


def _blob_url(server: str, did: str, cid: str) -> str:
    return f"{server}/xrpc/com.atproto.sync.getBlob?did={_escaped(did)}&cid={_escaped(cid)}"


@lru_cache(maxsize=1024)
def _escaped(word: str) -> str:
    return quote(word, safe=":")


def _covered(index: dict[str, Any], text: str, exchange: Exchange, pointer: str) -> str:
    """Return the part of a text that a facet covers, without the @.

    index: its start and end, in bytes of UTF-8.
    """
    SLICE.check(index, exchange, pointer)
    start, end = index["byteStart"], index["byteEnd"]
    return text.encode()[start:end].decode("utf-8", "replace").lstrip("@") if 0 <= start < end else ""


def _text_at(value: Any, *path: str | int) -> str | None:
    """Return the text at a path; None where there is none."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value if isinstance(value, str) else None
