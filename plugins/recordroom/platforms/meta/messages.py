"""Private messages on Messenger and Instagram: what is read from them.

One API gives both (inbox.py requests them): https://developers.facebook.com/docs/graph-api/reference/message,
2026-11-25, and the types of the PyPI package facebook-business 26.

Apart from its text, a message may have files, stickers, shares, and the story that it replies to or that
names the account. The address of a file is signed again in each response: a file is known by its own ID, or
by its place in the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from recordroom.model import Exchange, Media, Record
from recordroom.platforms.context import Context
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.meta.graph import file_name, next_of
from recordroom.platforms.schema import (
    ANY_NUMBER,
    FLAG,
    ID,
    ITEM,
    LIST,
    NULL,
    TEXT,
    Reading,
    Shape,
    read_time,
)

# The last two are requested without their fields, which differ.
MESSAGE_FIELDS = "id,created_time,from,to,message,attachments.limit(50),shares"
_TEXT, _ITEM = TEXT | NULL, ITEM | NULL
CONVERSATION = Shape(
    {"id": TEXT, "updated_time": _TEXT, "messages": _ITEM},
    dict.fromkeys(
        ("participants", "senders", "former_participants", "name"), "said by whom each message is from and to"
    )
    | dict.fromkeys(("snippet", "message_count"), "said by the messages")
    | dict.fromkeys(
        ("unread_count", "can_reply", "is_subscribed", "is_owner", "folder", "wallpaper", "linked_group"),
        "how it is shown",
    )
    | dict.fromkeys(("link", "scoped_thread_key"), "another name of it"),
)
MESSAGE = Shape(
    {
        "id": TEXT,
        "created_time": _TEXT,
        "from": _ITEM,
        "to": _ITEM,
        "message": _TEXT,
        "attachments": _ITEM,
        "shares": _ITEM,
    }
    | {"sticker": _TEXT, "story": _ITEM, "is_unsupported": FLAG | NULL},
    {
        "tags": "its folder, and the program that it came from",
        "reactions": "who reacted how",
        "thread_id": "the conversation",
    }
    | {"reply_to": "told by webhooks alone, as far as is documented"},
)
PERSON = Shape(
    {"id": ID | NULL, "name": _TEXT, "username": _TEXT}, {"email": "made of the id", "user_id": "said by id"}
)
CONNECTION = Shape({"data": LIST | NULL, "paging": _ITEM})
ATTACHMENT = Shape(
    {
        "id": _TEXT,
        "mime_type": _TEXT,
        "name": _TEXT,
        "file_url": _TEXT,
        "image_data": _ITEM,
        "video_data": _ITEM,
    }
    | {"generic_template": _ITEM},
    {"size": "told by the file"},
)
_SIZE = ANY_NUMBER | NULL
_OTHERS = "another form of the file"
FILE = Shape(
    {"url": _TEXT, "width": _SIZE, "height": _SIZE, "length": _SIZE, "animated_gif_url": _TEXT},
    dict.fromkeys(
        ("preview_url", "raw_gif_image", "raw_webp_image", "animated_gif_preview_url", "animated_webp_url"),
        _OTHERS,
    )
    | dict.fromkeys(("animated_webp_preview_url", "max_width", "max_height"), _OTHERS)
    | dict.fromkeys(("image_type", "video_type", "rotation", "render_as_sticker"), "how it is shown"),
)
TEMPLATE = Shape(
    {"title": _TEXT, "subtitle": _TEXT, "media_url": _TEXT, "cta": ITEM | LIST | NULL},
    {"elements": "said by its title"},
)
BUTTON = Shape(
    {"title": _TEXT, "url": _TEXT}, {"type": "what it does", "payload": "sent to the program of the account"}
)
SHARE = Shape(
    {"id": _TEXT, "link": _TEXT},
    dict.fromkeys(
        ("name", "description", "template", "picture"), "made by Meta from the page behind the link"
    ),
)
STORY = Shape({"mention": _ITEM, "reply_to": _ITEM})
NAMED_STORY = Shape({"id": _TEXT, "link": _TEXT})

# Hosts of files, whose addresses there are signed again in each response.
_FILE_HOSTS = re.compile(r"(?:^|\.)(?:fbcdn\.net|fbsbx\.com|cdninstagram\.com)$")
# The beginnings of IDs of messages and conversations in the documentation's examples; "aWdf" is "ig_" in
# Base64.
_ID_PREFIXES = ("m_", "t_", "aWdf")
_CONTENT = ("from", "message", "attachments", "shares", "sticker", "story", "is_unsupported")
_CONVERSATION = re.compile(r"/([^/?]+)/messages(?:[?{]|$)")
_LIMIT = re.compile(r"[?&]limit=([0-9]{1,4})(?:&|$)")
_NO_FILE = "Meta gives no address of it"
_NO_SHARE = "Meta gives no address of what was shared: it is private, or was deleted"
_NO_STORY = "Meta gives no address of the story: its day is over, or it was deleted"
_UNSUPPORTED = "a kind of message that the API does not give"


class MessageContext(Context, total=False):
    """Keys of the exchanges of private messages.

    handle: the name of the account.
    edge: "conversations" or "messages".
    conversation: native ID of the conversation whose messages a page lists.
    messages_missed: which older messages were not given, in words.
    messages_refused: why messages are not given, in words.
    """

    handle: str | None
    edge: str
    conversation: str
    messages_missed: str
    messages_refused: str


@dataclass(frozen=True, slots=True)
class MessageBox:
    """The kind of inbox of a platform."""

    name: str  # of the platform
    title: str  # of the platform in messages
    platform: str  # as the API calls it
    permission: str  # what reading requires, in words
    extra_fields: str  # of a message, which only this platform has
    most_given: int | None = None  # messages of a conversation, where the list may end there silently
    folders: tuple[str, ...] = ("",)  # "": the inbox, which is given where no folder is named


MESSENGER = MessageBox(
    "facebook",
    "Facebook",
    "messenger",
    "the permission pages_messaging and the task Messages or Community activity on the Page",
    "sticker",
    folders=("", "page_done", "other", "spam"),
)
DIRECT = MessageBox(
    "instagram",
    "Instagram",
    "instagram",
    "the permission to manage messages and the account's consent to connected tools",
    "story,is_unsupported",
    most_given=20,
)


def is_private(item: dict[str, Any]) -> bool:
    """Return whether a saved item has an ID that only conversations and messages have."""
    return isinstance(item.get("id"), str) and item["id"].startswith(_ID_PREFIXES)


def read_messages(item: dict[str, Any], reading: Reading, pointer: str, box: MessageBox) -> Iterator[Record]:
    """Yield the messages of a conversation, or a single message.

    A message that is listed by its ID alone is not given.
    """
    found = [(pointer, item)]
    conversation = _context_of(reading).get("conversation") or _conversation_in(reading.exchange.url)
    if "messages" in item or "updated_time" in item:
        reading.check(CONVERSATION, item, pointer)
        conversation = item["id"]
        listed = reading.read_object(CONNECTION, item, "messages", pointer).get("data") or ()
        found = [(f"{pointer}/messages/data/{i}", message) for i, message in enumerate(listed)]
    for where, message in found:
        reading.check(MESSAGE, message, where)
        if is_given(message):
            yield _message(message, reading, where, box, conversation)


def _context_of(reading: Reading) -> MessageContext:
    return cast(MessageContext, reading.context)


def _conversation_in(url: str) -> str | None:
    """Return the ID of the conversation in the address of a list of messages."""
    found = _CONVERSATION.search(urlsplit(url).path)
    return found[1] if found else None


def is_given(message: dict[str, Any]) -> bool:
    """Return whether a message is given with its content."""
    return bool(message.get("created_time")) and any(message.get(name) is not None for name in _CONTENT)


def _message(
    item: dict[str, Any], reading: Reading, pointer: str, box: MessageBox, conversation: str | None
) -> Record:
    native, text, handle = item["id"], item.get("message"), _context_of(reading).get("handle")
    author = reading.read_object(PERSON, item, "from", pointer)
    author_id = None if author.get("id") is None else str(author["id"])
    is_named_ours = handle is not None and author.get("username") == handle
    is_ours = (author_id is not None and author_id == reading.me) or is_named_ours
    to = reading.read_objects(
        PERSON, reading.read_object(CONNECTION, item, "to", pointer), "data", f"{pointer}/to"
    )
    parts = _Parts([], [], [])
    _add_attachments(item, reading, pointer, parts)
    _add_shares(item, reading, pointer, parts)
    story = _add_story(item, reading, pointer, parts)
    for position, file in enumerate(parts.media, 1):
        file.position = position
    return Record(
        record_id=f"{box.name}:messages/{native}",
        kind="message",
        native_id=native,
        pointer=pointer,
        root_id=f"{box.name}:conversations/{conversation}" if conversation else None,
        author_id=reading.me if is_ours else author_id,
        author_name=author.get("name"),
        author_handle=author.get("username"),
        author_is_account=None if reading.me is None or not author else is_ours,
        text="\n\n".join(filter(None, (text, *parts.words))),
        published_at=read_time(item["created_time"], reading.exchange, f"{pointer}/created_time"),
        visibility="private",
        media=parts.media,
        links=list(dict.fromkeys(parts.links)),
        mentions=_names_of(to, reading.me, handle),
        shared_id=f"{box.name}:{story}" if story else None,
        repaired=id(item) in reading.repaired,
        leftover=reading.take_leftover_of_text(text, f"{pointer}/message"),
    )


def _names_of(to: list[dict[str, Any]], me: str | None, handle: str | None) -> list[str]:
    """Return the names of the addressees, except the account itself."""
    others = [
        one for one in to if str(one.get("id")) != me and (handle is None or one.get("username") != handle)
    ]
    return list(
        dict.fromkeys(
            str(name) for one in others if (name := one.get("username") or one.get("name") or one.get("id"))
        )
    )


@dataclass
class _Parts:
    """The parts of a message other than its text."""

    media: list[Media]
    links: list[str]
    words: list[str | None]  # text that its author chose: buttons, cards, the name of a document


def _add_attachments(item: dict[str, Any], reading: Reading, pointer: str, parts: _Parts) -> None:
    """Add files, and cards with buttons. A sticker may be one of the files."""
    where, listed = f"{pointer}/attachments", reading.read_object(CONNECTION, item, "attachments", pointer)
    files = reading.read_objects(ATTACHMENT, listed, "data", where)
    if (following := next_of(listed, reading, where)) and len(files) >= _limit_in(following):
        reading.leftover.append("attachments.paging.next")  # a message has thirty at most
    for i, one in enumerate(files):
        place, identity = f"{where}/data/{i}", one.get("id") or f"{item['id']}/{i + 1}"
        if one.get("generic_template") is not None:
            card = reading.read_object(TEMPLATE, one, "generic_template", place)
            _add_card(card, reading, f"{place}/generic_template", identity, parts)
            continue
        image, video = (reading.read_object(FILE, one, name, place) for name in ("image_data", "video_data"))
        kind = "image" if image else "video" if video else _kind_of(one.get("mime_type") or "")
        url = image.get("animated_gif_url") or image.get("url") or video.get("url") or one.get("file_url")
        parts.media.append(_media(identity, kind, url, image or video))
        parts.words.append(one.get("name") if kind == "document" else None)
    if item.get("sticker") and not parts.media:
        parts.media.append(Media(file_name(item["sticker"], reading.exchange), "image", item["sticker"]))
    if item.get("is_unsupported"):
        parts.media.append(Media(f"{item['id']}/unsupported", "document", missing_reason=_UNSUPPORTED))


def _kind_of(mime_type: str) -> str:
    """Return the kind of a file by its MIME type."""
    kind = mime_type.partition("/")[0]
    return kind if kind in ("image", "video", "audio") else "document"


def _limit_in(following: str) -> int:
    """Return the page size in the address of a next page.

    Messenger names a next page also behind a single file.
    """
    found = _LIMIT.search(following)
    return int(found[1]) if found else 1


def _media(identity: str, kind: str, url: str | None, size: dict[str, Any]) -> Media:
    width, height = (
        round(n) if (n := size.get(name)) is not None and 0 < n < 1e9 else None
        for name in ("width", "height")
    )
    return Media(identity, kind, url, width=width, height=height, missing_reason=None if url else _NO_FILE)


def _add_card(card: dict[str, Any], reading: Reading, pointer: str, identity: str, parts: _Parts) -> None:
    """Add the text, the buttons, and the image of a card."""
    buttons = card.get("cta")
    parts.words += [card.get("title"), card.get("subtitle")]
    for i, button in enumerate(buttons if isinstance(buttons, list) else [buttons] if buttons else []):
        reading.check(BUTTON, button, f"{pointer}/cta/{i}", "cta")
        parts.words.append(button.get("title"))
        parts.links += [button["url"]] if button.get("url") else []
    if card.get("media_url"):
        parts.media.append(Media(identity, "image", card["media_url"]))


def _add_shares(item: dict[str, Any], reading: Reading, pointer: str, parts: _Parts) -> None:
    """Add what was shared: links, and files.

    No address is given of a file that is private or was deleted since: it is missing.
    """
    where = f"{pointer}/shares"
    shares = reading.read_objects(
        SHARE, reading.read_object(CONNECTION, item, "shares", pointer), "data", where
    )
    for i, one in enumerate(shares):
        link = one.get("link")
        if link and not _is_file(link, reading.exchange, f"{where}/data/{i}/link"):
            parts.links.append(link)
        else:
            identity, reason = one.get("id") or f"{item['id']}/shared/{i + 1}", None if link else _NO_SHARE
            parts.media.append(Media(identity, "document", link, missing_reason=reason))


def _add_story(item: dict[str, Any], reading: Reading, pointer: str, parts: _Parts) -> str | None:
    """Add the file of the story that a message replies to, or that names the account.

    Returns the ID of the story, where it is given.
    """
    stories, story_id = reading.read_object(STORY, item, "story", pointer), None
    for name in ("reply_to", "mention"):
        story = reading.read_object(NAMED_STORY, stories, name, f"{pointer}/story")
        if story:
            native, link = story.get("id"), story.get("link")
            story_id = story_id or native
            reason = None if link else _NO_STORY
            parts.media.append(
                Media(native or f"{item['id']}/{name}", "document", link, missing_reason=reason)
            )
    return story_id


def _is_file(link: str, exchange: Exchange, pointer: str) -> bool:
    """Return whether a link is the address of a file."""
    try:
        return _FILE_HOSTS.search(urlsplit(link).hostname or "") is not None
    except ValueError:
        raise unexpected_field(exchange, pointer, "an address", link) from None
