"""RSS and Atom: the entries that a site's feed shows, and the feed's own title and description as its profile.

Read with feedparser (https://feedparser.readthedocs.io/), markup neither sanitised nor resolved there, so that it stays as it came.
A feed is asked for with the ETag and Last-Modified of the last capture; "304, unchanged" is kept as the proof that we looked. The
nightly `full` asks without them, in case a server's validators are wrong. Pages linked as rel="next" or "prev-archive" (RFC 5005;
Blogger has them) are followed in the windows `history` and `full`.

A feed never gives: deletions (an entry leaves when newer ones come, so nothing that leaves is called removed), entries older than its
window, most comments, who edited. RSS has no stamp of an edit; Atom's `updated` is one (alone, it does not tell when an entry was
published). A date without a zone is not guessed: the field stays empty and `leftover` says so. An entry without guid (or with a guid that
another entry of the feed has too) is named as feed_names.py says. Entries of a comments feed (WordPress' /comments/feed/, Blogger's) are
comments; which record of ours they answer the feed does not say: their link does.

A feed without entries is a success, for a new site has one. Where the archive holds entries of it and it has elements that nobody knows,
their name may have changed: that is an UnexpectedResponse, which names these, and no quiet end of what the site says.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

import feedparser

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Identity, Media, Record, Totals, repair
from recordroom.platforms import Client, Known, Limit, Platform, Window, minutes, permalinks
from recordroom.platforms.answers import failure, place_of
from recordroom.platforms.excerpts import is_said
from recordroom.platforms.feed_names import Names, apart, chosen, names_of
from recordroom.platforms.feed_order import may_have_missed
from recordroom.platforms.feed_words import descriptions
from recordroom.platforms.markup import PICTURES, Reading, absolute, because, ending, fetchable, file_identity, leftover, read, text_of
from recordroom.platforms.paging import by_next_url
from recordroom.platforms.permalinks import ANY

if TYPE_CHECKING:
    from recordroom.accounts import Account

PLATFORM = Platform(
    name="feed",
    title="Feed (RSS, Atom)",
    parser=6,
    every=minutes(15),
    not_offered={
        "stories": "there are none",
        "polls": "there are none",
        "events": "there are none",
        "replies": "a feed of comments does not say what a comment answers",
        "others": "there are none",
        "captions": "there are none",
        "history": "there are none",
        "hidden": "there are none",
        "held": "there are none",
        "removed": "entries leave a feed unnoticed",
        "counts": "there are none",
        "moderation": "there are none",
        "messages": "there are none",
    },
    limits=(Limit("entries", None, "as many as the site puts into its feed, often 10 to 25", "docs/platforms/feed.md", "2026-11-24"),),
    uncounted="a feed shows its newest entries only, what leaves it stays held, and nothing tells whether some came and went unseen",
    window_is_partial=True,
    reads_all=True,
)
ACCEPT = "application/atom+xml, application/rss+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"

READ = frozenset(
    ("author", "author_detail", "authors", "content", "href", "id", "image", "link", "links", "media_content", "media_thumbnail",
     "published", "summary", "summary_detail", "tags", "thr_in-reply-to", "title", "title_detail", "updated")
)  # fmt: skip
IGNORED = (
    because("read from the text, which shows a missing zone", "published_parsed updated_parsed created_parsed expired_parsed")
    | because("said by another field", "guidislink rights_detail publisher_detail subtitle_detail source app_edited feedburner_origlink")
    | because("where comments are; a comments feed is an account of its own", "comments wfw_commentrss wfw_comment")
    | because("a number of comments that this feed does not show", "slash_comments thr_total slash_section")
    | because("about a picture, not the entry", "gd_image media_credit media_rating media_restriction credit")
    | because("about a podcast's file", "itunes_title itunes_duration itunes_episode itunes_episodetype itunes_season itunes_explicit")
    | because("labels for machines", "itunes_block itunes_keywords subtitle post-id language georss_featurename xml_lang")
    | because("no words of the entry", "rights license publisher contributors expired created")
)
FEED_READ = frozenset(("id", "image", "language", "link", "links", "subtitle", "subtitle_detail", "title", "title_detail", "icon", "logo"))
FEED_IGNORED = (
    because("moves with every entry", "updated updated_parsed published published_parsed")
    | because("how the feed is made and read", "generator generator_detail docs cloud ttl sy_updateperiod sy_updatefrequency sy_updatebase")
    | because(
        "how the feed is made and read",
        "skiphours skipdays hour day textinput errorreportsto guidislink href xmlns site admin_generatoragent admin_errorreportsto",
    )
    | because("the list of entries", "entries rdf_li rdf_seq opensearch_totalresults opensearch_startindex opensearch_itemsperpage")
    | because("said by the entries", "author author_detail authors publisher publisher_detail gd_image rights rights_detail")
    | because("labels", "tags itunes_explicit itunes_type itunes_block itunes_complete itunes_new-feed-url summary summary_detail")
)
KNOWN, FEED_KNOWN = READ | IGNORED.keys(), FEED_READ | FEED_IGNORED.keys()
_KINDS: Mapping[type, str] = {
    list: "authors content links media_content media_thumbnail tags",
    dict: "author_detail image subtitle_detail summary_detail title_detail",
    str: "author href icon id language link logo published subtitle summary title updated",
}
PARTS = {name: kind for kind, names in _KINDS.items() for name in names.split()}  # an element of that name (<links>) takes its place

LISTS = frozenset(("channel", "feed", "rdf"))  # elements of which entries are children
NO_ENTRIES = frozenset(("channel", "image", "textinput"))  # children of these that have a link or a description, too
OF_ENTRIES = frozenset(("content", "description", "encoded", "guid", "id", "link", "pubdate", "published", "summary", "updated"))
_CHARACTERS = re.compile(rb"(?:&#(?:[xX][0-9a-fA-F]{1,8}|[0-9]{1,10});)+")
_END = re.compile(r">\s*</(?:rss|feed|(?:[\w.-]+:)?RDF)\s*>(?:[^<]*<[^>]*>)*\s*$", re.IGNORECASE)  # not within the words of an entry
_BARE_PICTURE = re.compile(rb"<image>\s*(?:<!\[CDATA\[\s*)?https?://")
_TYPES = {"image": "image", "video": "video", "audio": "audio"}
_BROKEN = (ValueError, KeyError, TypeError, AttributeError, IndexError, LookupError, AssertionError, OverflowError, RecursionError)


def identify(account: Account, client: Client) -> Identity:  # noqa: ARG001 (a feed's only identity is its address)
    """Host and path; the core keeps those of the first capture where the register says `formerly`."""
    name = place_of(account.url)
    return Identity(name, name)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    url = account.api_url or account.url
    context = {"account": account.known.native_id, "server": account.known.server}
    if window.kind in ("history", "full"):
        yield from _pages(client, url, window, context)
        return
    headers = {"Accept": ACCEPT} | (_conditions(window, url) if window.kind == "recent" else {})
    exchange = client.get(url, headers=headers, context=context, expect=(200, 304))
    if window.kind == "one" and not _shows(exchange, window.url or ""):
        words = f"{url}: the feed does not show {window.url} (any more)"
        raise UsageError(words, "Only entries that the feed shows now can be captured.")
    yield _first(_apart(exchange, window), window) if exchange.status == 200 else exchange


def _pages(client: Client, url: str, window: Window, context: Mapping[str, Any]) -> Iterator[Exchange]:
    """All of them. A further one that is not given is the last: what stands behind it is told to lack."""
    pages = by_next_url(client, url, None, _next_page, headers={"Accept": ACCEPT}, context=context, start=window.cursor)
    first = window.cursor is None
    try:
        for page in pages:
            told = _apart(page, window)
            yield _first(told, window) if first else told
            first = False
    except (AccountUnavailable, Blocked, UnexpectedResponse) as failure:
        if first or failure.exchange is None or (isinstance(failure, UnexpectedResponse) and failure.endless):
            raise
        words = f"the feed leads to a further page of older entries, which is not given: {failure.message}"
        yield replace(failure.exchange, context={**context, "not_given": True, "short": words}, cursor=None)


def _shows(exchange: Exchange, url: str) -> bool:
    wanted = permalinks.read(url, ANY)
    return any(permalinks.is_at(wanted, record.url) for record in parse(exchange))


def parse(exchange: Exchange) -> Iterator[Record]:
    if exchange.status == 304 or "not_given" in exchange.context:
        return
    if (problem := failure(exchange, anonymous=True)) is not None:
        raise problem
    read_feed, body = _parsed(exchange)
    notes = _notes(read_feed, exchange)
    server = exchange.context.get("server") or "unknown"
    ours = True if exchange.context.get("account") is not None else None
    profile = _profile(read_feed.feed, server, ours, exchange, notes)
    if not read_feed.entries and exchange.context.get("held"):
        _must_be_empty(profile, exchange)
    yield profile
    entries = [_parts(entry) for entry in read_feed.entries]
    names = chosen(_unnamed([entry for entry, _ in entries]), exchange.context.get("apart", ()))
    more = descriptions(body.decode(read_feed.encoding or "utf-8", "replace"), len(entries))
    for number, ((entry, left), name) in enumerate(zip(entries, names, strict=True), 1):
        record = _record(_dated(entry, read_feed), name, server, exchange, left, more=more[number - 1] if more else ())
        record.pointer = f"entry/{number}"
        record.author_is_account = ours if record.kind == "post" else None
        record.language = record.language or profile.language
        record.repaired = record.repaired or body is not exchange.body
        yield record


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:  # noqa: ARG001
    """A feed says nothing of what it does not show."""
    yield from ()


def totals(account: Account, client: Client) -> Totals | None:  # noqa: ARG001
    return None


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:
    """A body that no capture of ours fetched: its address is told from its own link to itself, else from its site."""
    exchange = Exchange("GET", url or "", 200, (), body)
    if server is None and url is None:
        feed, _ = _parts(_parsed(exchange)[0].feed)
        own = [link.get("href") for link in feed.get("links", ()) if link.get("rel") == "self"]
        url = next((u for u in (*own, feed.get("link")) if u), None)
    try:
        server = server or place_of(url or "")
    except ValueError:  # a saved body says what it likes
        server = None
    return replace(exchange, context={"server": server or "unknown"})


def _conditions(window: Window, url: str) -> dict[str, str]:
    """The headers that let the server answer "unchanged"; its validators stand under the address that answered at last."""
    known = window.validators.get(url) or (next(iter(window.validators.values())) if len(window.validators) == 1 else {})
    sent = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("last-modified")}
    return {name: value for name, value in sent.items() if value}


def _first(page: Exchange, window: Window) -> Exchange:
    """The page that the validators are of, and that has entries if the feed has any."""
    held: dict[str, Any] = {"held": True} if window.held and window.kind != "one" else {}
    if held and (words := _missed(page, window)):
        held["missed"] = words
    return replace(page, context={**page.context, **held, "validator": True})


def _missed(page: Exchange, window: Window) -> str:
    """In words what may have come and gone unseen: a feed shows its newest entries only, and none below the new ones was seen before."""
    try:
        found = [_as_placed(record, window) for record in parse(page) if record.kind != "profile"]
        further = _next_page(page)
    except PlatformFailure:  # the core says so when it reads the page itself
        return ""
    if further or not may_have_missed(found, window.holds):
        return ""
    held = sum(window.holds(record.record_id) for record in found)
    none = f"none of the {len(found)} entries that {page.url} shows was seen before"
    if held:
        were = "was" if held == 1 else "were"
        none = f"of the {len(found)} entries that {page.url} shows only {held} {were} seen before, above the new ones"
    elif len(found) == 1:
        none = f"the only entry that {page.url} shows was not seen before"
    return f"{none}: others may have come and gone since the last look"


def _as_placed(record: Record, window: Window) -> Record:
    """Without the only date of an entry that was changed since it was seen: many feeds put it on top for that, and it stood elsewhere."""
    if record.published_at is not None or record.valid_from is None:
        return record
    held = window.known(record.record_id, anywhere=True)
    moved = held is not None and held.captured is not None and record.valid_from > held.captured
    return replace(record, valid_from=None) if moved else record


def _must_be_empty(profile: Record, exchange: Exchange) -> None:
    """Of a feed without entries, of which some are held: nothing in it may be entries under another name."""
    if unknown := _like_entries(exchange.body) or profile.leftover:
        words = f"{exchange.url}: no entries, and what nobody knows in their place: {', '.join(unknown)}"
        mend = (
            "If that is what the site calls its entries now, mend the connector, then `recordroom rebuild records`. Nothing is concluded."
        )
        raise UnexpectedResponse(words, mend, exchange)


def _like_entries(body: bytes) -> list[str]:
    """Names of elements that stand where entries do and hold what only these have."""
    found, above = dict[str, None](), list[tuple[str, str]]()  # (an element's name, that without its namespace)

    def begins(name: str, _: Mapping[str, str]) -> None:
        local = name.rpartition(":")[2].lower()
        if len(above) > 1 and above[-2][1] in LISTS and above[-1][1] not in NO_ENTRIES and local in OF_ENTRIES:
            found[above[-1][0]] = None
        above.append((name, local))

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begins, lambda _: above.pop()
    with suppress(expat.ExpatError, ValueError, LookupError):  # of what is no XML, as far as it is some
        parser.Parse(body, True)
    return list(found)


def _next_page(exchange: Exchange) -> str | None:
    """The address of older entries (RFC 5005)."""
    links = _parts(_parsed(exchange)[0].feed)[0].get("links", ())
    return next((link["href"] for link in links if link.get("rel") in ("next", "prev-archive") and link.get("href")), None)


def _parsed(exchange: Exchange) -> tuple[Any, bytes]:
    """feedparser's reading, and the body that it read, in which characters that XML and Unicode cannot hold are repaired."""
    body = exchange.body
    if not body.strip():
        raise UnexpectedResponse(f"{exchange.url or 'body'}: nothing instead of a feed", exchange=exchange)
    mended = _CHARACTERS.sub(_without_surrogates, body) if b"&#x" in body or b"&#X" in body or b"&#5" in body else body
    headers = {"content-type": exchange.header("Content-Type") or "application/xml"}  # no address: it would be put before guids
    try:
        found = feedparser.parse(io.BytesIO(mended), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except _BROKEN as problem:
        words = f"{exchange.url or 'body'}: no feed that can be read: {type(problem).__name__}: {problem}"
        raise UnexpectedResponse(words, exchange=exchange) from problem
    if not found.version:
        start = body[:120].decode("utf-8", "replace").strip()
        what = "HTML" if re.match(r"(?i)(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html|head|body)\b", start) else "neither RSS nor Atom"
        raise UnexpectedResponse(f"{exchange.url or 'body'}: {what} instead of a feed: {start!r}", exchange=exchange)
    return found, mended if mended != body else body


def _without_surrogates(run: re.Match[bytes]) -> bytes:
    """`&#xD83D;&#xDE00;` (which no XML may hold) as the one character that is meant; half of a pair as U+FFFD."""
    codes = [int(c[1:], 16) if c[:1] in b"xX" else int(c) for c in re.findall(rb"&#(\w+);", run[0])]
    if not any(0xD800 <= c <= 0xDFFF for c in codes):
        return run[0]
    text = repair("".join(chr(c) if c < 0x110000 else "\ufffd" for c in codes))
    return "".join(f"&#{ord(c)};" for c in text).encode()


def _notes(found: Any, exchange: Exchange) -> tuple[str, ...]:
    """What was wrong with the feed as a whole, and did not keep it from being read."""
    dropped = ("image: an address alone, which feedparser drops",) if _BARE_PICTURE.search(exchange.body) else ()
    return dropped + _wrong(found, exchange) if found.bozo else dropped


def _wrong(found: Any, exchange: Exchange) -> tuple[str, ...]:
    problem = found.get("bozo_exception")
    name = type(problem).__name__
    if name == "NonXMLContentType":
        return ()
    if name.startswith("SAX") and not _END.search(exchange.body.decode(found.encoding or "utf-8", "replace")):
        raise UnexpectedResponse(f"{exchange.url or 'body'}: the feed is cut off ({problem})", "The next capture asks anew.", exchange)
    told = {"CharacterEncodingOverride": "feed: another encoding than declared", "CharacterEncodingUnknown": "feed: unknown encoding"}
    return (told.get(name, "feed: not well-formed XML, read leniently"),)


def _parts(given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """An entry (or the feed) without what is none of feedparser's own parts, and the names of that."""
    found = dict(given)
    odd = tuple(sorted(n for n in found.keys() & PARTS.keys() if found[n] is not None and not isinstance(found[n], PARTS[n])))
    return {name: value for name, value in found.items() if name not in odd} if odd else found, odd


def _profile(given: Mapping[str, Any], server: str, ours: bool | None, exchange: Exchange, notes: tuple[str, ...]) -> Record:
    feed, odd = _parts(given)
    image = (feed.get("image") or {}).get("href") or feed.get("logo") or feed.get("icon")
    link = absolute(exchange.url, feed.get("link") or "")
    return Record(
        record_id=f"feed:{server}",
        kind="profile",
        native_id=server,
        pointer="feed",
        url=link or None,
        author_is_account=ours,
        text=_plain(feed.get("subtitle_detail"), feed.get("subtitle")),
        title=_plain(feed.get("title_detail"), feed.get("title")),
        language=feed.get("language"),
        media=[Media(file_identity(image), "image", fetchable(absolute(exchange.url, image)))] if image else [],
        links=[link] if link else [],
        leftover=leftover(feed, FEED_KNOWN, "feed") + tuple(f"feed.{name}" for name in odd) + notes,
    )


def _unnamed(entries: list[dict[str, Any]]) -> list[Names | None]:
    """What each could be called that has no guid, or one that another has too."""
    guids = Counter(entry.get("id") for entry in entries)
    return [names_of(entry, READ) if not entry.get("id") or guids[entry["id"]] > 1 else None for entry in entries]


def _apart(page: Exchange, window: Window) -> Exchange:
    """With the names, in the context, that `parse` cannot know."""
    try:
        names = _unnamed([_parts(entry)[0] for entry in _parsed(page)[0].entries])
    except PlatformFailure:  # the core says so when it reads the page itself
        return page
    server = page.context["server"]
    found = apart(names, lambda name: window.holds(f"feed:{server}#{name}"))
    return replace(page, context={**page.context, "apart": found}) if found else page


def _dated(entry: dict[str, Any], given: Any) -> dict[str, Any]:
    """RSS has one date of an entry: dc:date where there is no pubDate (RSS 1.0, Plone), for which feedparser has the same name as for a
    dcterms:modified. Atom's `updated` moves, and is no date of publication."""
    only = given.version.startswith("rss") and "dcterms" not in given.namespaces and not entry.get("published")
    return entry | {"published": entry["updated"]} if only and entry.get("updated") else entry


def _record(entry: dict[str, Any], name: str, server: str, exchange: Exchange, odd: tuple[str, ...], *, more: Iterable[str]) -> Record:
    """`name`: what it is called where its guid does not tell it; `more`: words that feedparser may have dropped."""
    left = leftover(entry, KNOWN) + odd + (("id: two entries have the same",) if name and entry.get("id") else ())
    url = _address(entry, exchange)
    published, left = _when(entry, "published", left)
    updated, left = _when(entry, "updated", left)
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
        title=_plain(entry.get("title_detail"), entry.get("title")),
        published_at=published,
        edited_at=edited,
        valid_from=edited or updated,  # no `updated`: RSS does not say whether it was edited
        tags=list(dict.fromkeys(unescape(t["label"] or t["term"]) for t in entry.get("tags", ()) if t.get("label") or t.get("term"))),
        leftover=left,
    )
    record.root_id = record.record_id if record.kind == "post" else None
    _words(record, entry, exchange, more)
    return record


def _words(record: Record, entry: dict[str, Any], exchange: Exchange, more: Iterable[str]) -> None:
    """Text, markup, links and media, of the content and of whatever else has words: a part that says nothing else (a summary, as most do)
    is not read twice."""
    bodies = _bodies(entry)
    bodies += [{"type": "text/html", "value": words} for words in more if all((b.get("value") or "").strip() != words for b in bodies)]
    base = absolute(exchange.url, (bodies[0].get("base") if bodies else None) or record.url or "")
    files: dict[str, Media] = {}
    for body in bodies:
        value = body.get("value") or ""
        found = Reading(value) if body.get("type") == "text/plain" else read(value, absolute(exchange.url, body.get("base") or base))
        if record.text is None:
            record.text, record.language = found.text, body.get("language")
            record.text_html = value if "<" in value or "&" in value else None
        elif not is_said(found.text, record.text):
            record.text = f"{record.text}\n\n{found.text}".strip()
        record.links += found.links
        for p in found.pictures:
            if (p.width, p.height) != (1, 1):  # a counter of readers
                files.setdefault(p.url, Media(file_identity(p.url), p.type, fetchable(p.url), p.alt_text or None, p.width, p.height))
    record.links += [link["href"] for link in entry.get("links", ()) if link.get("rel") in ("via", "related") and link.get("href")]
    _attached(files, entry, base)
    for position, media in enumerate(files.values(), 1):
        media.position = position
    record.media = list(files.values())
    record.links += [absolute(base, c["src"]) for c in entry.get("content", ()) if c.get("src")]
    record.links = list(dict.fromkeys(record.links))


def _bodies(entry: dict[str, Any]) -> list[Mapping[str, Any]]:
    """All that has words, the content first. A description within media:content takes the place of the entry's own in `summary_detail`,
    but not in `summary`."""
    detail, summary = entry.get("summary_detail"), entry.get("summary")
    bodies: list[Mapping[str, Any]] = [*entry.get("content", ()), *([detail] if detail else ())]
    if summary and all(body.get("value") != summary for body in bodies):
        bodies.insert(len(bodies) - 1 if detail else len(bodies), {"type": "text/html", "value": summary})
    return bodies


def _attached(files: dict[str, Media], entry: dict[str, Any], base: str) -> None:
    """Enclosures, media:content, content that lies elsewhere, the entry's picture; a thumbnail only where there is nothing else."""
    enclosures = [(link.get("href"), link) for link in entry.get("links", ()) if link.get("rel") == "enclosure"]
    contents = [(m.get("url"), m) for m in entry.get("media_content", ()) if "gravatar.com/avatar/" not in (m.get("url") or "")]
    elsewhere = [(c["src"], c) for c in entry.get("content", ()) if c.get("src") and not str(c.get("type")).startswith("text/")]
    pictures = [a for a in (entry.get("image", {}).get("href"), entry.get("href")) if a and ending(a) in PICTURES]
    given: list[tuple[str | None, Mapping[str, Any]]] = [*enclosures, *contents, *elsewhere, *((a, {"medium": "image"}) for a in pictures)]
    if not given and not files:
        given = [(m.get("url"), {"medium": "image", **m}) for m in entry.get("media_thumbnail", ())]
    for address, m in given:
        if address:
            url = absolute(base, address)
            kind = m.get("medium") or (m.get("type") or "").partition("/")[0]
            width, height = (int(v) if (v := m.get(side) or "").isdecimal() and len(v) < 9 else None for side in ("width", "height"))
            files.setdefault(url, Media(file_identity(url), _TYPES.get(kind, "document"), fetchable(url), None, width, height))


def _address(entry: dict[str, Any], exchange: Exchange) -> str | None:
    """The permalink; feedparser takes a guid for one where there is no link, also when it is no address."""
    link = entry.get("link")
    own = any(given.get("rel") == "alternate" for given in entry.get("links", ()))
    if not link or (not own and not link.startswith(("http://", "https://"))):
        return None
    return absolute(exchange.url, link)


def _plain(detail: Mapping[str, Any] | None, value: str | None) -> str | None:
    given = value if value is not None else (detail or {}).get("value")  # `value` is the entry's own where `detail` is one of its parts'
    if given is None:
        return None
    return text_of(given) if (detail or {}).get("type") in ("text/html", "application/xhtml+xml") else " ".join(given.split())


def _when(entry: dict[str, Any], name: str, left: tuple[str, ...]) -> tuple[datetime | None, tuple[str, ...]]:
    """The instant of a date of RFC 3339 or RFC 822. Without a zone it is none (-0000 is UTC without saying where)."""
    raw = entry.get(name)
    if not raw:
        return None, left
    for form in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = form(raw.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if str(moment.year) not in raw and not re.search(rf"[\s-]{moment.year % 100:02d}\s", raw):
            break  # "30 Nov -0001", WordPress' word for no date, is read as the year 2000
        if moment.tzinfo is None and raw.rstrip().endswith(" -0000"):
            moment = moment.replace(tzinfo=UTC)
        if moment.tzinfo is None:
            return None, (*left, f"{name}: no time zone")
        try:
            return moment.astimezone(UTC), left
        except OverflowError:
            break
    return None, (*left, f"{name}: no date")
