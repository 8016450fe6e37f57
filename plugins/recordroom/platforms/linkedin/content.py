"""The content of a post or comment in addition to its text: files, links, polls, mentions."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import structs

from recordroom.model import Media
from recordroom.platforms.linkedin.schema import (
    ANSWERS,
    ARTICLE,
    ATTRIBUTE,
    CARD,
    CAROUSEL,
    CELEBRATION,
    CONTENT,
    CROPPED,
    IMAGES,
    MEDIA,
    OPTION,
    PIECE,
    PIECES,
    POLL,
    REFERENCE,
    LinkedInContext,
)
from recordroom.platforms.linkedin.urns import EVENT_URN, event_page, record_id_of
from recordroom.platforms.schema import Reading

KINDS = {"image": "images", "video": "videos", "document": "documents"}


context_of: Callable[[Reading], LinkedInContext] = attrgetter("context")


class Found(msgspec.Struct, gc=False):
    """The content of a post or comment in addition to its text."""

    media: list[Media] = []
    links: list[str | None] = []
    words: list[str | None] = []
    title: str | None = None
    shared_id: str | None = None  # of an event


def _add_media(part: Any, found: Found, reading: Reading, pointer: str) -> None:
    """One picture, video, or document."""
    reading.check(MEDIA, part, pointer, "content.media")
    found.title = part.get("title") or None
    found.media += _files(part["id"], part.get("altText"), reading, len(found.media) + 1)


def _add_images(part: Any, found: Found, reading: Reading, pointer: str) -> None:
    reading.check(IMAGES, part, pointer, "content.multiImage")
    for image in reading.read_objects(MEDIA, part, "images", pointer):
        found.media += _files(image["id"], image.get("altText"), reading, len(found.media) + 1)


def _add_article(part: Any, found: Found, reading: Reading, pointer: str) -> None:
    """Return a link with the text and the picture that its author gave it: the API adds no preview."""
    reading.check(ARTICLE, part, pointer, "content.article")
    found.links.append(part.get("source"))
    found.words += [part.get("title"), part.get("description")]
    if thumbnail := part.get("thumbnail"):
        found.media += _files(thumbnail, part.get("thumbnailAltText"), reading, 1)


def _add_poll(part: Any, found: Found, reading: Reading, pointer: str) -> None:
    """Return the question and the options of a poll, without the votes."""
    reading.check(POLL, part, pointer, "content.poll")
    options = [option.get("text") for option in reading.read_objects(OPTION, part, "options", pointer)]
    found.words += [part.get("question"), "\n".join(f"- {text}" for text in options if text)]


def _add_reference(part: Any, found: Found, reading: Reading, pointer: str) -> None:
    """Return a link to an event, which has a record of its own.

    A post only names its URN.
    """
    reading.check(REFERENCE, part, pointer, "content.reference")
    urn = part.get("id") or ""
    if urn.startswith(EVENT_URN):
        found.links.append(event_page(urn))
        found.shared_id = record_id_of(urn)
    else:
        found.links.append(urn)


def _add_cards(part: Any, found: Found, reading: Reading, pointer: str) -> None:
    reading.check(CAROUSEL, part, pointer, "content.carousel")
    for i, card in enumerate(reading.read_objects(CARD, part, "cards", pointer)):
        media = reading.read_object(MEDIA, card, "media", f"{pointer}/cards/{i}")
        found.links.append(card.get("landingPage"))
        found.words.append(media.get("title"))
        found.media += (
            _files(media["id"], media.get("altText"), reading, len(found.media) + 1) if media else []
        )


def _add_celebration(part: Any, found: Found, reading: Reading, pointer: str) -> None:
    reading.check(CELEBRATION, part, pointer, "content.celebration")
    found.words += [part.get("type"), part.get("text")]
    if media := reading.read_object(MEDIA, part, "media", pointer):
        found.media += _files(media["id"], media.get("altText"), reading, 1)


CONTENTS = {
    "media": _add_media,
    "multiImage": _add_images,
    "article": _add_article,
    "poll": _add_poll,
    "reference": _add_reference,
    "carousel": _add_cards,
    "celebration": _add_celebration,
}


def files_of(post: dict[str, Any], reading: Reading) -> list[str]:
    """Return the URNs of a post's files."""
    found = Found()
    for kind, part in reading.read_object(CONTENT, post, "content", "").items():
        if part is not None and kind in CONTENTS:
            CONTENTS[kind](part, found, reading, f"/content/{kind}")
    return [media.identity for media in found.media if _may_be_asked_for(media.identity)]


def _may_be_asked_for(urn: str) -> bool:
    return urn.split(":")[2:3] in ([kind] for kind in KINDS)


def _files(urn: str, alt: str | None, reading: Reading, position: int) -> list[Media]:
    """Return a file, and the captions of a video."""
    kind = urn.split(":")[2] if urn.count(":") > 2 else ""
    media = [file_of(urn, kind if kind in KINDS else "document", alt, reading, position)]
    told = context_of(reading).get("files", {}).get(urn, {})
    return media + (
        [Media(captions_of(urn), "document", told["captions"], position=position + 1)]
        if "captions" in told
        else []
    )


def captions_of(urn: str) -> str:
    """Return the identity of the captions of a video."""
    return f"{urn}/captions"


def may_have_captions(media: list[Media], reading: Reading) -> bool:
    """Whether a video may have captions that the response does not give.

    LinkedIn still processes the video, or did not give its address.
    """
    films = [file.identity for file in media if file.type == "video"]
    if not films:
        return False
    told, found = context_of(reading).get("files", {}), {file.identity for file in media}
    return any(
        told.get(urn, {}).get("status") != "AVAILABLE" and captions_of(urn) not in found for urn in films
    )


def file_of(urn: str, kind: str, alt: str | None, reading: Reading, position: int) -> Media:
    """Return a file as the context gives it.

    Its duration is in milliseconds.
    """
    told = context_of(reading).get("files", {}).get(urn, {})
    url, length = told.get("downloadUrl"), told.get("duration")
    reason = (
        None
        if url
        else f"LinkedIn calls it {told['status']}"
        if told.get("status")
        else "LinkedIn gives no address of it"
    )
    duration = round(length) if length is not None and 0 <= length < 2**53 else None
    return Media(
        urn, kind, url, alt_text=alt or None, duration=duration, position=position, missing_reason=reason
    )


def pictures_of(item: dict[str, Any], reading: Reading, pointer: str = "") -> dict[str, str]:
    """Logo and cover as images: the URN of an image ends like that of the asset."""
    found = {
        name: image_of(reading.read_object(CROPPED, item, name, pointer).get("original"))
        for name in ("logoV2", "coverPhotoV2")
    }
    return {name: urn for name, urn in found.items() if urn}


def image_of(asset: str | None) -> str | None:
    return asset.replace(":digitalmediaAsset:", ":image:") if asset else None


def add_piece(piece: dict[str, Any], found: Found, reading: Reading, name: str) -> None:
    """Add a link in a comment, or a file with its signed address.

    A part of an unknown type counts as a file: as a link its signed address would be new each time.
    name: the identity of a file without a URN.
    """
    url, urn, kind = piece.get("url"), _urn_of(piece), (piece.get("type") or "IMAGE").lower()
    if kind not in (*KINDS, "article"):
        reading.leftover.append(f"content.type.{piece['type']}")
    if kind not in KINDS and (kind == "article" or urn is None):
        found.links.append(url)
        return
    media = file_of(urn or name, kind if kind in KINDS else "document", None, reading, len(found.media) + 1)
    found.media.append(structs.replace(media, url=url, missing_reason=None) if url else media)


def unaddressed(comment: dict[str, Any], reading: Reading) -> list[str]:
    """Return the URNs of the files of a comment that come without an address."""
    reading.check(PIECES, comment, "")
    found = (
        _urn_of(piece)
        for piece in reading.read_objects(PIECE, comment, "content", "")
        if not piece.get("url")
    )
    return [urn for urn in found if urn is not None and _may_be_asked_for(urn)]


def _urn_of(piece: dict[str, Any]) -> str | None:
    return next((value for value in (piece.get("entity") or {}).values() if isinstance(value, str)), None)


def mentions_of(message: dict[str, Any], reading: Reading, pointer: str) -> list[str]:
    """URNs of members and organizations that a comment names.

    {"start": 0, "length": 4, "value": {"com.linkedin.common.MemberAttributedEntity": {"member":
    "urn:li:person:zLqTygBP8S"}}}
    """
    attributes = reading.read_objects(ATTRIBUTE, message, "attributes", pointer)
    if not attributes:
        return []
    found = []
    for attribute in attributes:
        for entity in (attribute.get("value") or {}).values():
            found += [
                urn for urn in (entity.values() if isinstance(entity, dict) else ()) if isinstance(urn, str)
            ]
    return list(
        dict.fromkeys(urn for urn in found if urn.startswith(("urn:li:person:", "urn:li:organization:")))
    )


def replies_to(item: dict[str, Any], reading: Reading, pointer: str) -> int | None:
    """How many comments reply to this one."""
    number: int | None = reading.read_object(ANSWERS, item, "commentsSummary", pointer).get(
        "totalFirstLevelComments"
    )
    return number
