"""The records that a feed holds: the feed itself, which is the profile, and its entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from typing import Any

from recordroom.model import Exchange, Media, Record
from recordroom.platforms.feed.content import add_words, plain
from recordroom.platforms.feed.dates import dated, when
from recordroom.platforms.feed.elements import FEED_KNOWN, KNOWN
from recordroom.platforms.feed.empty import must_be_empty
from recordroom.platforms.feed.feedparsing import notes_of, parsed, parts
from recordroom.platforms.feed.names import chosen, unnamed
from recordroom.platforms.feed.words import Described, descriptions
from recordroom.platforms.html_text import absolute, fetchable, file_identity, leftover
from recordroom.platforms.http import failure, place_with_query


def parse(exchange: Exchange) -> Iterator[Record]:
    if exchange.status == 304 or "not_given" in exchange.context:
        return
    if (problem := failure(exchange, anonymous=True)) is not None:
        raise problem
    read_feed, body = parsed(exchange)
    notes = notes_of(read_feed, exchange)
    server = exchange.context.get("server") or "unknown"
    ours = True if exchange.context.get("account") is not None else None
    profile = _profile(read_feed.feed, server, ours, exchange, notes)
    if not read_feed.entries and exchange.context.get("held"):
        must_be_empty(profile, exchange)
    if "further" not in exchange.context:
        yield profile
    passed = frozenset(exchange.context.get("passed", ()))
    entries = [parts(entry) for entry in read_feed.entries]
    names = chosen(unnamed([entry for entry, _ in entries]), exchange.context.get("apart", ()))
    described = descriptions(body.decode(read_feed.encoding or "utf-8", "replace"), len(entries)) or [
        Described() for _ in entries
    ]
    for number, ((entry, left), name) in enumerate(zip(entries, names, strict=True), 1):
        record = _record(
            dated(entry, read_feed), name, server, exchange, left, described=described[number - 1]
        )
        if record.native_id in passed:
            continue
        record.pointer = f"entry/{number}"
        record.author_is_account = ours if record.kind == "post" else None
        record.language = record.language or profile.language
        record.repaired = record.repaired or body is not exchange.body
        yield record


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:
    """A body that no capture of ours fetched: its address is told from its own link to itself, else from its
    site.
    """
    exchange = Exchange("GET", url or "", 200, (), body)
    if server is None and url is None:
        feed, _ = parts(parsed(exchange)[0].feed)
        own = [link.get("href") for link in feed.get("links", ()) if link.get("rel") == "self"]
        url = next((u for u in (*own, feed.get("link")) if u), None)
    try:
        server = server or place_with_query(url or "")
    except ValueError:  # a saved body says what it likes
        server = None
    return replace(exchange, context={"server": server or "unknown"})


def _profile(
    given: Mapping[str, Any], server: str, ours: bool | None, exchange: Exchange, notes: tuple[str, ...]
) -> Record:
    feed, odd = parts(given)
    shown = [*(one.get("url") for one in feed.get("media_thumbnail") or ()), None]
    image = (feed.get("image") or {}).get("href") or feed.get("logo") or feed.get("icon") or shown[0]
    link = absolute(exchange.url, feed.get("link") or "")
    return Record(
        record_id=f"feed:{server}",
        kind="profile",
        native_id=server,
        pointer="feed",
        url=link or None,
        author_is_account=ours,
        text=plain(feed.get("subtitle_detail"), feed.get("subtitle")),
        title=plain(feed.get("title_detail"), feed.get("title")),
        language=feed.get("language") or None,
        media=[Media(file_identity(image), "image", fetchable(absolute(exchange.url, image)))]
        if image
        else [],
        links=[link] if link else [],
        leftover=leftover(feed, FEED_KNOWN, "feed") + tuple(f"feed.{name}" for name in odd) + notes,
    )


def _record(
    entry: dict[str, Any],
    name: str,
    server: str,
    exchange: Exchange,
    odd: tuple[str, ...],
    *,
    described: Described,
) -> Record:
    """`name`: what it is called where its guid does not tell it; `described`: words that feedparser may have
    dropped, or mixed up.
    """
    left = (
        leftover(entry, KNOWN)
        + odd
        + (("id: two entries have the same",) if name and entry.get("id") else ())
    )
    url = _address(entry, exchange)
    published, left = when(entry, "published", left)
    updated, left = when(entry, "updated", left)
    edited = updated if updated and published and updated > published else None
    guid = name or entry["id"]
    authors = [a for a in entry.get("authors", ()) if a]  # `author_detail` mixes them where they are several
    named = [name for a in authors if (name := a.get("name") or a.get("email") or a.get("href"))]
    record = Record(
        record_id=f"feed:{server}#{guid}",
        kind="comment" if "thr_in-reply-to" in entry or "#comment-" in (url or "") else "post",
        native_id=guid,
        pointer="",
        url=url,
        author_id=(authors[0].get("href") or authors[0].get("email")) if authors else None,
        author_name=", ".join(dict.fromkeys(named)) or entry.get("author"),
        title=plain(entry.get("title_detail"), entry.get("title")),
        published_at=published,
        edited_at=edited,
        valid_from=edited or updated,  # no `updated`: RSS does not say whether it was edited
        tags=list(
            dict.fromkeys(
                unescape(t["label"] or t["term"])
                for t in entry.get("tags", ())
                if t.get("label") or t.get("term")
            )
        ),
        leftover=left,
    )
    record.root_id = record.record_id if record.kind == "post" else None
    add_words(record, entry, exchange, described)
    return record


def _address(entry: dict[str, Any], exchange: Exchange) -> str | None:
    """The permalink; feedparser takes a guid for one where there is no link, also when it is no address."""
    link = entry.get("link")
    own = any(given.get("rel") == "alternate" for given in entry.get("links", ()))
    if not link or (not own and not link.startswith(("http://", "https://"))):
        return None
    return absolute(exchange.url, link)
