"""The records in a response of LinkedIn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from recordroom.model import Exchange, Record
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.linkedin import little_text
from recordroom.platforms.linkedin.api import failure, items_of
from recordroom.platforms.linkedin.content import (
    CONTENTS,
    Found,
    add_piece,
    context_of,
    file_of,
    image_of,
    may_have_captions,
    mentions_of,
    pictures_of,
    replies_to,
)
from recordroom.platforms.linkedin.platform import SERVER, UNPUBLISHED
from recordroom.platforms.linkedin.schema import (
    ACTIVITY,
    ADDRESS,
    BROADCAST,
    COMMENT,
    CONTENT,
    DECORATED,
    EVENT,
    FORMAT,
    FOUNDED,
    IN_PERSON,
    KIND,
    LIKES,
    LOCALIZED,
    LOCATION,
    MESSAGE,
    NOTICE,
    ONLINE,
    PIECE,
    POST,
    PROFILED,
    SHARED,
    STAMP,
    STATE,
    WORDS,
)
from recordroom.platforms.linkedin.urns import (
    POST_URN,
    event_page,
    event_urn,
    moment_of,
    record_id_of,
    urn_of,
)
from recordroom.platforms.schema import Reading, load_tree

UNEDITED = timedelta(seconds=1)  # an unedited comment may be stored so much later than it was created


def parse(exchange: Exchange) -> Iterator[Record]:
    """Yield records of an organization, a post, an event, a comment, a list of them, or several by URN."""
    if "not_given" in exchange.context:
        return
    if problem := failure(exchange):
        raise problem
    body, touched = load_tree(exchange)
    reading = Reading(exchange, touched)
    for pointer, item in items_of(exchange, body):
        yield from _read(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001
    return Exchange("GET", url or "", 200, (), body, {"server": SERVER})


def _read(item: dict[str, Any], reading: Reading, pointer: str) -> Iterable[Record]:
    if "notificationId" in item:
        return _mention(item, reading, pointer)
    if "organizer" in item:
        urn = event_urn(item, reading.exchange)
        if urn in context_of(reading).get("elsewhere", ()):
            return ()
        return (_event(item, urn, reading, pointer),)
    if "message" in item or "actor" in item:
        return (_comment(item, reading, pointer),)
    if "localizedName" in item:
        return (_profile(item, reading, pointer),)
    return () if item.get("id") in context_of(reading).get("elsewhere", ()) else _post(item, reading, pointer)


def _post(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    reading.check(POST, item, pointer)
    if not POST_URN.fullmatch(item["id"]):
        raise unexpected_field(
            reading.exchange, f"{pointer}/id", "the URN of a share or of a ugcPost", item["id"]
        )
    if item["lifecycleState"] in UNPUBLISHED:
        return
    if item["lifecycleState"] != "PUBLISHED":  # it may be public anyway
        reading.leftover.append(f"lifecycleState.{item['lifecycleState']}")
    if "commentary" not in item and not item.get("reshareContext"):
        raise unexpected_field(reading.exchange, f"{pointer}/commentary", "text", "nothing")
    urn, words = item["id"], little_text.read(item.get("commentary") or "")
    content, found = reading.read_object(CONTENT, item, "content", pointer), Found()
    for kind, part in content.items():
        if part is not None and kind in CONTENTS:
            CONTENTS[kind](part, found, reading, f"{pointer}/content/{kind}")
    edited = reading.read_object(STATE, item, "lifecycleStateInfo", pointer).get("isEditedByAuthor")
    parent = reading.read_object(SHARED, item, "reshareContext", pointer).get("parent")
    published = moment_of(
        item.get("publishedAt") or item["createdAt"], reading.exchange, f"{pointer}/publishedAt"
    )
    changed = (
        moment_of(item["lastModifiedAt"], reading.exchange, f"{pointer}/lastModifiedAt") if edited else None
    )
    told = context_of(reading).get("social", {}).get(urn, {})
    record = Record(
        record_id=record_id_of(urn),
        kind="post",
        native_id=urn,
        pointer=pointer,
        root_id=record_id_of(urn),
        url=f"https://www.linkedin.com/feed/update/{urn}",
        title=found.title,
        text="\n\n".join(filter(None, (words.text, *found.words))),
        published_at=published,
        edited_at=changed,
        valid_from=changed or published,
        visibility=item.get("visibility"),
        media=found.media,
        more_files=may_have_captions(found.media, reading),
    )
    record.links = list(dict.fromkeys(filter(None, (*found.links, item.get("contentLandingPage")))))
    record.mentions = words.mentions
    record.tags = words.tags
    record.shared_id = record_id_of(parent) if parent else found.shared_id
    record.counts = {name: told[name] for name in ("comments", "likes") if name in told} or None
    yield _complete(record, item, item["author"], reading)


def _comment(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    reading.check(COMMENT, item, pointer)
    urn, above = urn_of(item, reading.exchange), item.get("parentComment")
    root = context_of(reading).get("root") or record_id_of(item["object"])
    created = moment_of(
        reading.read_object(STAMP, item, "created", pointer)["time"],
        reading.exchange,
        f"{pointer}/created/time",
    )
    last = reading.read_object(STAMP, item, "lastModified", pointer).get("time")
    changed = (
        moment_of(last, reading.exchange, f"{pointer}/lastModified/time") if last is not None else created
    )
    edited = changed - created > UNEDITED
    message = reading.read_object(MESSAGE, item, "message", pointer)
    found = Found()
    for i, piece in enumerate(reading.read_objects(PIECE, item, "content", pointer)):
        add_piece(piece, found, reading, f"{urn}/{i}")
    likes = reading.read_object(LIKES, item, "likesSummary", pointer).get("totalLikes")
    counts = {"comments": replies_to(item, reading, pointer), "likes": likes}
    record = Record(
        record_id=record_id_of(urn),
        kind="reply" if above else "comment",
        native_id=urn,
        pointer=pointer,
        parent_id=record_id_of(above) if above else root,
        root_id=root,
        text=message["text"],
        published_at=created,
        edited_at=changed if edited else None,
        valid_from=changed if edited else created,
        media=found.media,
        links=list(dict.fromkeys(filter(None, found.links))),
        mentions=mentions_of(message, reading, f"{pointer}/message"),
        counts={name: n for name, n in counts.items() if n is not None} or None,
    )
    return _complete(record, item, item.get("actor"), reading)


def _mention(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """Yield a post of another that mentions the page, or passes on one of its posts.

    It is no post of the account, and replies to nothing.
    """
    reading.check(NOTICE, item, pointer)
    activity = reading.read_object(ACTIVITY, item, "decoratedGeneratedActivity", pointer)
    share = reading.read_object(DECORATED, activity, "share", f"{pointer}/decoratedGeneratedActivity")
    source = reading.read_object(DECORATED, item, "decoratedSourcePost", pointer).get("entity")
    urn, owner = share.get("entity"), share.get("owner")
    if item["action"] in ("SHARE", "SHARE_MENTION") and urn and owner and owner != reading.me:
        words = little_text.read(share.get("text") or "")
        record = Record(
            record_id=record_id_of(urn),
            kind="comment",
            native_id=urn,
            pointer=pointer,
            root_id=record_id_of(urn),
            url=f"https://www.linkedin.com/feed/update/{urn}",
            text=words.text,
            published_at=moment_of(item["lastModifiedAt"], reading.exchange, f"{pointer}/lastModifiedAt"),
            mentions=words.mentions,
            tags=words.tags,
            shared_id=record_id_of(source) if source and item["action"] == "SHARE" else None,
        )
        yield _complete(record, item, owner, reading)


def _complete(record: Record, item: dict[str, Any], author: str | None, reading: Reading) -> Record:
    """Add what the records of posts, comments, and events have in common.

    LinkedIn names no member; the organization's name is in its profile.
    """
    ours = author == reading.me
    record.author_id = author
    record.author_name = context_of(reading).get("name") if ours else None
    record.author_is_account = None if reading.me is None or author is None else ours
    record.repaired = id(item) in reading.repaired
    record.leftover = reading.take_leftover()
    return record


def _profile(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """Return the profile: what the organization says of itself."""
    reading.check(PROFILED, item, pointer)
    native, name, vanity = f"urn:li:organization:{item['id']}", item["localizedName"], item.get("vanityName")
    founded = reading.read_object(FOUNDED, item, "foundedOn", pointer)
    lists = {"Also known as": item.get("alternativeNames"), "Specialties": item.get("localizedSpecialties")}
    lines = [f"{label}: {', '.join(map(str, found))}" for label, found in lists.items() if found]
    lines += [f"Founded: {founded['year']}"] if founded.get("year") else []
    for i, location in enumerate(reading.read_objects(LOCATION, item, "locations", pointer)):
        address = reading.read_object(ADDRESS, location, "address", f"{pointer}/locations/{i}")
        lines.append("Address: " + ", ".join(filter(None, (address.get(part) for part, _ in ADDRESS.fields))))
    media = [
        file_of(urn, "image", None, reading, position)
        for position, urn in enumerate(pictures_of(item, reading, pointer).values(), start=1)
    ]
    return Record(
        record_id=record_id_of(native),
        kind="profile",
        native_id=native,
        pointer=pointer,
        url=f"https://www.linkedin.com/company/{vanity or item['id']}",
        author_id=native,
        author_name=name,
        author_handle=vanity,
        author_is_account=None if reading.me is None else native == reading.me,
        title=name,
        text="\n\n".join(filter(None, (item.get("localizedDescription"), "\n".join(lines)))),
        links=list(filter(None, (item.get("localizedWebsite"),))),
        media=media,
        repaired=id(item) in reading.repaired,
        leftover=reading.take_leftover(),
    )


def _event(item: dict[str, Any], urn: str, reading: Reading, pointer: str) -> Record:
    reading.check(EVENT, item, pointer)
    names = _texts(item, "name", reading, pointer)
    if not names:
        raise unexpected_field(
            reading.exchange, f"{pointer}/name", "the event's name", item.get("name", "nothing")
        )
    lines, links = list[str](), list[str]()
    if item.get("cancelled") or urn in context_of(reading).get("canceled", ()):
        lines.append("Canceled")
    lines += _time("Starts", item.get("startsAt"), reading, f"{pointer}/startsAt")
    for words, address in _places(item, reading, pointer):
        lines += words
        links += [address] if address else []
    if item.get("entryCriteria"):
        lines.append(f"Entry: {item['entryCriteria']}")
    created = reading.read_object(STAMP, item, "created", pointer).get("time")
    picture = image_of(item.get("backgroundImage"))
    record = Record(
        record_id=record_id_of(urn),
        kind="post",
        native_id=urn,
        pointer=pointer,
        root_id=record_id_of(urn),
        url=event_page(urn),
        title=" / ".join(names),
        text="\n\n".join((*_texts(item, "description", reading, pointer), "\n".join(lines))).strip(),
        published_at=None
        if created is None
        else moment_of(created, reading.exchange, f"{pointer}/created/time"),
        visibility=item.get("discoveryMode"),
        media=[file_of(picture, "image", None, reading, 1)] if picture else [],
        links=list(dict.fromkeys(links)),
    )
    return _complete(record, item, item["organizer"], reading)


def _texts(holder: dict[str, Any], name: str, reading: Reading, pointer: str) -> list[str]:
    """Return a text in each of its languages.

    {"localized": {"en_US": "..."}}, or {"rawText": "..."} in place of the text
    """
    found = list[str]()
    localized = reading.read_object(LOCALIZED, holder, name, pointer).get("localized") or {}
    for language, told in sorted(localized.items()):
        where = f"{pointer}/{name}/localized"
        text = (
            told
            if isinstance(told, str)
            else reading.read_object(WORDS, localized, language, where).get("rawText")
        )
        found += [text] if text else []
    return list(dict.fromkeys(found))


def _places(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[tuple[list[str], str | None]]:
    """(lines, web address) of each place of an event."""
    kind, where = reading.read_object(KIND, item, "type", pointer), f"{pointer}/type"
    if there := reading.read_object(IN_PERSON, kind, "inPerson", where):
        address = reading.read_object(ADDRESS, there, "address", f"{where}/inPerson")
        parts = [address.get(part) for part, _ in ADDRESS.fields] + _texts(
            there, "venueDetails", reading, f"{where}/inPerson"
        )
        place = ", ".join(filter(None, parts))
        yield (
            [*_ends(there, reading, f"{where}/inPerson"), *([f"Place: {place}"] if place else [])],
            there.get("url"),
        )
    forms = reading.read_object(
        FORMAT, reading.read_object(ONLINE, kind, "online", where), "format", f"{where}/online"
    )
    for name, told in sorted(forms.items()):
        if told is not None and name in FORMAT.known:
            form = reading.read_object(BROADCAST, forms, name, f"{where}/online/format")
            yield [*_ends(form, reading, f"{where}/online/format/{name}"), f"Online: {name}"], form.get("url")


def _ends(holder: dict[str, Any], reading: Reading, pointer: str) -> list[str]:
    return _time("Ends", holder.get("endsAt"), reading, f"{pointer}/endsAt")


def _time(label: str, milliseconds: int | None, reading: Reading, pointer: str) -> list[str]:
    return (
        []
        if milliseconds is None
        else [f"{label}: {moment_of(milliseconds, reading.exchange, pointer):%Y-%m-%dT%H:%M:%SZ}"]
    )
