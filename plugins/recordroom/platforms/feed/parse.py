"""Records of a feed: the feed itself, which is the profile, and its entries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any, cast
from xml.parsers import expat

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Media, Record
from recordroom.platforms.feed.content import EntryDescriptions, add_content, plain, read_descriptions
from recordroom.platforms.feed.entry_ids import choose_ids, ids_without_guid
from recordroom.platforms.feed.reader import list_defects, read_feed, select_parts
from recordroom.platforms.feed.schema import ENTRY_KNOWN, FEED_KNOWN, FeedContext
from recordroom.platforms.html_text import file_identity, list_undeclared, make_absolute, require_fetchable
from recordroom.platforms.http import find_failure, site_with_query

# "Mon, 01 Jan 0001 00:00:00 +0000", by which Go (Hugo) and .NET say that there is no date: with mail's rule
# for two digits it would be the year 2001.
_YEAR_OF_ZEROS = re.compile(r"\b0[0-9]{3}\s+[0-9]+:")
_LISTS = frozenset(("channel", "feed", "rdf"))  # elements that contain the entries
_NO_ENTRIES = frozenset(("channel", "image", "textinput"))  # these have a link or a description too
_IN_ENTRIES = frozenset(
    ("content", "description", "encoded", "guid", "id", "link", "pubdate", "published", "summary", "updated")
)


def parse(exchange: Exchange) -> Iterator[Record]:
    """Parse a feed: its profile, and its entries in their order."""
    context = cast(FeedContext, exchange.context)
    if exchange.status == 304 or "not_given" in context:
        return
    if (problem := find_failure(exchange, anonymous=True)) is not None:
        raise problem
    feed, body = read_feed(exchange)
    defects = list_defects(feed, exchange)
    server = context.get("server") or "unknown"
    is_ours = True if context.get("account") is not None else None
    profile = _parse_profile(feed.feed, server, is_ours, exchange, defects)
    if not feed.entries and context.get("held"):
        _require_empty(profile, exchange)
    if "further" not in context:
        yield profile
    passed = frozenset(context.get("passed", ()))
    entries = [select_parts(entry) for entry in feed.entries]
    ids = choose_ids(ids_without_guid([entry for entry, _ in entries]), context.get("apart", ()))
    descriptions = read_descriptions(body.decode(feed.encoding or "utf-8", "replace"), len(entries)) or [
        EntryDescriptions() for _ in entries
    ]
    for number, ((entry, odd), entry_id) in enumerate(zip(entries, ids, strict=True), 1):
        dated = _with_only_date(entry, feed)
        record = _parse_entry(dated, entry_id, server, exchange, odd, descriptions=descriptions[number - 1])
        if record.native_id in passed:
            continue
        record.pointer = f"entry/{number}"
        record.author_is_account = is_ours if record.kind == "post" else None
        record.language = record.language or profile.language
        record.repaired = record.repaired or body is not exchange.body
        yield record


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:
    """Make an exchange of a saved feed.

    Its address is that of its own link to itself, else that of its site.
    """
    exchange = Exchange("GET", url or "", 200, (), body)
    if server is None and url is None:
        feed, _ = select_parts(read_feed(exchange)[0].feed)
        own = [link.get("href") for link in feed.get("links", ()) if link.get("rel") == "self"]
        url = next((u for u in (*own, feed.get("link")) if u), None)
    try:
        server = server or site_with_query(url or "")
    except ValueError:  # a saved body may say anything
        server = None
    return replace(exchange, context={"server": server or "unknown"})


def _parse_profile(
    given: Mapping[str, Any], server: str, is_ours: bool | None, exchange: Exchange, defects: tuple[str, ...]
) -> Record:
    feed, odd = select_parts(given)
    shown = [*(one.get("url") for one in feed.get("media_thumbnail") or ()), None]
    image = (feed.get("image") or {}).get("href") or feed.get("logo") or feed.get("icon") or shown[0]
    link = make_absolute(exchange.url, feed.get("link") or "")
    return Record(
        record_id=f"feed:{server}",
        kind="profile",
        native_id=server,
        pointer="feed",
        url=link or None,
        author_is_account=is_ours,
        text=plain(feed.get("subtitle_detail"), feed.get("subtitle")),
        title=plain(feed.get("title_detail"), feed.get("title")),
        language=feed.get("language") or None,
        media=[Media(file_identity(image), "image", require_fetchable(make_absolute(exchange.url, image)))]
        if image
        else [],
        links=[link] if link else [],
        leftover=list_undeclared(feed, FEED_KNOWN, "feed") + tuple(f"feed.{name}" for name in odd) + defects,
    )


def _parse_entry(
    entry: dict[str, Any],
    entry_id: str,
    server: str,
    exchange: Exchange,
    odd: tuple[str, ...],
    *,
    descriptions: EntryDescriptions,
) -> Record:
    """Parse one entry.

    entry_id: its ID where its guid is not its own.
    odd: its elements that have the name of one of feedparser's parts.
    descriptions: text that feedparser may have dropped, or mixed up.
    """
    left = (
        list_undeclared(entry, ENTRY_KNOWN)
        + odd
        + (("id: two entries have the same",) if entry_id and entry.get("id") else ())
    )
    url = _address_of(entry, exchange)
    published, left = _read_date(entry, "published", left)
    updated, left = _read_date(entry, "updated", left)
    edited = updated if updated and published and updated > published else None
    native = entry_id or entry["id"]
    authors = [a for a in entry.get("authors", ()) if a]  # `author_detail` mixes several of them
    names = [name for a in authors if (name := a.get("name") or a.get("email") or a.get("href"))]
    record = Record(
        record_id=f"feed:{server}#{native}",
        kind="comment" if "thr_in-reply-to" in entry or "#comment-" in (url or "") else "post",
        native_id=native,
        pointer="",
        url=url,
        author_id=(authors[0].get("href") or authors[0].get("email")) if authors else None,
        author_name=", ".join(dict.fromkeys(names)) or entry.get("author"),
        title=plain(entry.get("title_detail"), entry.get("title")),
        published_at=published,
        edited_at=edited,
        valid_from=edited or updated,  # None: RSS does not say whether it was edited
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
    add_content(record, entry, exchange, descriptions)
    return record


def _address_of(entry: dict[str, Any], exchange: Exchange) -> str | None:
    """Return the permalink.

    If an entry has no link, feedparser takes its guid for one, even if that is no address.
    """
    link = entry.get("link")
    own = any(given.get("rel") == "alternate" for given in entry.get("links", ()))
    if not link or (not own and not link.startswith(("http://", "https://"))):
        return None
    return make_absolute(exchange.url, link)


# -- dates -----------------------------------------------------------------------------------------------


def _with_only_date(entry: dict[str, Any], feed: Any) -> dict[str, Any]:
    """Return an entry of RSS with its only date as that of its publication.

    It is a dc:date if there is no pubDate (RSS 1.0, Plone). feedparser gives it the same name as a
    dcterms:modified. Atom's `updated` changes, and is no date of publication.
    """
    only = feed.version.startswith("rss") and "dcterms" not in feed.namespaces and not entry.get("published")
    return entry | {"published": entry["updated"]} if only and entry.get("updated") else entry


def _read_date(
    entry: dict[str, Any], name: str, left: tuple[str, ...]
) -> tuple[datetime | None, tuple[str, ...]]:
    """Read a date of RFC 3339 or RFC 822.

    Without a zone it is no instant; -0000 is UTC, without saying where.

    left: the leftover of the entry, which is returned with what is wrong with the date.
    """
    raw = entry.get(name)
    if not raw:
        return None, left
    for form in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = form(raw.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if moment.year == 1 or _YEAR_OF_ZEROS.search(raw) or _is_of_another_year(raw, moment):
            break
        if moment.tzinfo is None and raw.rstrip().endswith(" -0000"):
            moment = moment.replace(tzinfo=UTC)
        if moment.tzinfo is None:
            return None, (*left, f"{name}: no time zone")
        try:
            return moment.astimezone(UTC), left
        except OverflowError:
            break
    return None, (*left, f"{name}: no date")


def _is_of_another_year(raw: str, moment: datetime) -> bool:
    """Whether a date was read as one of a year that it does not contain.

    `30 Nov -0001`, by which WordPress says that there is no date, is read as the year 2000.
    """
    return str(moment.year) not in raw and not re.search(rf"[\s-]{moment.year % 100:02d}\s", raw)


# -- feeds without entries -------------------------------------------------------------------------------


def _require_empty(profile: Record, exchange: Exchange) -> None:
    """Raise UnexpectedResponse if entries may have another name now.

    The feed has no entries, and the archive holds some of it.
    """
    if unknown := _find_possible_entries(exchange.body) or profile.leftover:
        words = f"{exchange.url}: the feed has no entries, but has unknown elements: {', '.join(unknown)}"
        remedy = (
            "If these are the site's entries, update the connector, then run `recordroom rebuild records`."
            " The archive draws no conclusion from this response."
        )
        raise UnexpectedResponse(words, remedy, exchange)


def _find_possible_entries(body: bytes) -> list[str]:
    """Return the names of elements that look like entries.

    They are in the place of entries, and contain elements that only entries have.
    """
    found, above = dict[str, None](), list[tuple[str, str]]()  # above: (name, name without its namespace)

    def begin(name: str, _: Mapping[str, str]) -> None:
        local = name.rpartition(":")[2].lower()
        if (
            len(above) > 1
            and above[-2][1] in _LISTS
            and above[-1][1] not in _NO_ENTRIES
            and local in _IN_ENTRIES
        ):
            found[above[-1][0]] = None
        above.append((name, local))

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, lambda _: above.pop()
    with suppress(expat.ExpatError, ValueError, LookupError):  # a body that is no XML: as far as it is
        parser.Parse(body, True)
    return list(found)
