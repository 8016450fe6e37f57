"""Private messages of a Page on Messenger and of an account on Instagram, which one API gives (meta_inbox.py
asks for them).

Read (https://developers.facebook.com/docs/graph-api/reference/message, 2026-11-25; types of the PyPI package
facebook-business 26):
```
for record in messages_in(item, reading, pointer, MESSENGER): ...        # of a conversation, or of a single message
```
What a message holds besides words: files, whose addresses are signed anew in every answer (a file is called
by its own id or by its place in the message), stickers, what was shared, and the story that it answers or
that names the account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from recordroom.model import Exchange, Media, Record
from recordroom.platforms.context import Context
from recordroom.platforms.http import wrong
from recordroom.platforms.meta.graph import file_name, next_of
from recordroom.platforms.schema import ANY_NUMBER, FLAG, ID, ITEM, LIST, NULL, TEXT, Reading, Shape, when

# the last two whole: which fields they have differs
SAID = "id,created_time,from,to,message,attachments.limit(50),shares"
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
        "tags": "in which folder it lies, and from which program it came",
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
TOLD = Shape({"id": _TEXT, "link": _TEXT})

_SIGNED = re.compile(
    r"(?:^|\.)(?:fbcdn\.net|fbsbx\.com|cdninstagram\.com)$"
)  # an address there is a file, and another one each time
_IDS = (
    "m_",
    "t_",
    "aWdf",
)  # of messages and conversations: the documentation's examples; "aWdf" is how "ig_" begins in Base64
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
class Box:
    """What one of the two says for itself. `platform`: as the API calls it; `permission`: what reading needs;
    `most`: how many messages of a conversation are given, where the list may end there without a word."""

    name: str
    title: str
    platform: str
    permission: str
    more: str  # fields of a message that the other one has not
    most: int | None = None
    folders: tuple[str, ...] = ("",)  # "": the inbox, which is what comes where none is named


MESSENGER = Box(
    "facebook",
    "Facebook",
    "messenger",
    "the permission pages_messaging, and the task Messages or Community activity on the Page",
    "sticker",
    folders=("", "page_done", "other", "spam"),
)
DIRECT = Box(
    "instagram",
    "Instagram",
    "instagram",
    "the permission to manage messages, and the account's consent to connected tools",
    "story,is_unsupported",
    most=20,
)


def is_private(item: dict[str, Any]) -> bool:
    """Of a saved item: by ids that only conversations and messages have."""
    return isinstance(item.get("id"), str) and item["id"].startswith(_IDS)


def messages_in(item: dict[str, Any], reading: Reading, pointer: str, box: Box) -> Iterator[Record]:
    """Those of a conversation, or a single one. What is listed by its id alone is not given."""
    found, conversation = (
        [(pointer, item)],
        reading.context.get("conversation") or _conversation_in(reading.exchange.url),
    )
    if "messages" in item or "updated_time" in item:
        reading.check(CONVERSATION, item, pointer)
        listed, conversation = reading.part(CONNECTION, item, "messages", pointer), item["id"]
        found = [
            (f"{pointer}/messages/data/{i}", message) for i, message in enumerate(listed.get("data") or ())
        ]
    for where, message in found:
        reading.check(MESSAGE, message, where)
        if is_given(message):
            yield _message(message, reading, where, box, conversation)


def _conversation_in(url: str) -> str | None:
    found = _CONVERSATION.search(urlsplit(url).path)
    return found[1] if found else None


def is_given(message: dict[str, Any]) -> bool:
    return bool(message.get("created_time")) and any(message.get(name) is not None for name in _CONTENT)


def _message(
    item: dict[str, Any], reading: Reading, pointer: str, box: Box, conversation: str | None
) -> Record:
    by, native, handle = (
        reading.part(PERSON, item, "from", pointer),
        item["id"],
        reading.context.get("handle"),
    )
    ours = (by.get("id") is not None and str(by["id"]) == reading.me) or (
        handle is not None and by.get("username") == handle
    )
    to = reading.each(PERSON, reading.part(CONNECTION, item, "to", pointer), "data", f"{pointer}/to")
    told, held = item.get("message"), _Held([], [], [])
    _attached(item, reading, pointer, held)
    _shared(item, reading, pointer, held)
    story = _story(item, reading, pointer, held)
    for position, file in enumerate(held.media, 1):
        file.position = position
    return Record(
        record_id=f"{box.name}:messages/{native}",
        kind="message",
        native_id=native,
        pointer=pointer,
        root_id=f"{box.name}:conversations/{conversation}" if conversation else None,
        author_id=reading.me if ours else str(by["id"]) if by.get("id") is not None else None,
        author_name=by.get("name"),
        author_handle=by.get("username"),
        author_is_account=None if reading.me is None or not by else ours,
        text="\n\n".join(filter(None, (told, *held.words))),
        published_at=when(item["created_time"], reading.exchange, f"{pointer}/created_time"),
        visibility="private",
        media=held.media,
        links=list(dict.fromkeys(held.links)),
        mentions=_names(to, reading.me, handle),
        shared_id=f"{box.name}:{story}" if story else None,
        repaired=id(item) in reading.touched,
        leftover=reading.taken_with(told, f"{pointer}/message"),
    )


def _names(to: list[dict[str, Any]], me: str | None, handle: str | None) -> list[str]:
    """To whom it is addressed, but the account itself."""
    others = [
        one for one in to if str(one.get("id")) != me and (handle is None or one.get("username") != handle)
    ]
    return list(
        dict.fromkeys(
            str(name) for one in others if (name := one.get("username") or one.get("name") or one.get("id"))
        )
    )


@dataclass
class _Held:
    """What a message holds besides its own words. `words`: what its author chose: buttons, cards, the name of
    a document.
    """

    media: list[Media]
    links: list[str]
    words: list[str | None]


def _attached(item: dict[str, Any], reading: Reading, pointer: str, held: _Held) -> None:
    """Files, and cards with buttons. A sticker may be among the files, too."""
    where, listed = f"{pointer}/attachments", reading.part(CONNECTION, item, "attachments", pointer)
    files = reading.each(ATTACHMENT, listed, "data", where)
    if (following := next_of(listed, reading, where)) and len(files) >= _asked_for(following):
        reading.left.append("attachments.paging.next")  # a message holds thirty at most
    for i, one in enumerate(files):
        place, identity = f"{where}/data/{i}", one.get("id") or f"{item['id']}/{i + 1}"
        if one.get("generic_template") is not None:
            _card(
                reading.part(TEMPLATE, one, "generic_template", place),
                reading,
                f"{place}/generic_template",
                identity,
                held,
            )
            continue
        image, film = (reading.part(FILE, one, name, place) for name in ("image_data", "video_data"))
        sort = (one.get("mime_type") or "").partition("/")[0]
        kind = (
            "image"
            if image
            else "video"
            if film
            else sort
            if sort in ("image", "video", "audio")
            else "document"
        )
        url = image.get("animated_gif_url") or image.get("url") or film.get("url") or one.get("file_url")
        held.media.append(_media(identity, kind, url, image or film))
        held.words.append(one.get("name") if kind == "document" else None)
    if item.get("sticker") and not held.media:
        held.media.append(Media(file_name(item["sticker"], reading.exchange), "image", item["sticker"]))
    if item.get("is_unsupported"):
        held.media.append(Media(f"{item['id']}/unsupported", "document", missing_reason=_UNSUPPORTED))


def _asked_for(following: str) -> int:
    """Of how many the list before that page was. Messenger names a next page also behind a single file."""
    found = _LIMIT.search(following)
    return int(found[1]) if found else 1


def _media(identity: str, kind: str, url: str | None, size: dict[str, Any]) -> Media:
    width, height = (
        round(n) if (n := size.get(name)) is not None and 0 < n < 1e9 else None
        for name in ("width", "height")
    )
    return Media(identity, kind, url, width=width, height=height, missing_reason=None if url else _NO_FILE)


def _card(card: dict[str, Any], reading: Reading, pointer: str, identity: str, held: _Held) -> None:
    buttons = card.get("cta")
    held.words += [card.get("title"), card.get("subtitle")]
    for i, button in enumerate(buttons if isinstance(buttons, list) else [buttons] if buttons else []):
        reading.check(BUTTON, button, f"{pointer}/cta/{i}", "cta")
        held.words.append(button.get("title"))
        held.links += [button["url"]] if button.get("url") else []
    if card.get("media_url"):
        held.media.append(Media(identity, "image", card["media_url"]))


def _shared(item: dict[str, Any], reading: Reading, pointer: str, held: _Held) -> None:
    """An address that is signed anew each time is that of a file. Of what is private, or was deleted since,
    none is given: it lacks.
    """
    where = f"{pointer}/shares"
    for i, one in enumerate(
        reading.each(SHARE, reading.part(CONNECTION, item, "shares", pointer), "data", where)
    ):
        link = one.get("link")
        if link and not _is_signed(link, reading.exchange, f"{where}/data/{i}/link"):
            held.links.append(link)
        else:
            reason = None if link else _NO_SHARE
            held.media.append(
                Media(
                    one.get("id") or f"{item['id']}/shared/{i + 1}", "document", link, missing_reason=reason
                )
            )


def _story(item: dict[str, Any], reading: Reading, pointer: str, held: _Held) -> str | None:
    """The story that it answers, or that names the account: its id, and its file as long as that is given."""
    story, named = reading.part(STORY, item, "story", pointer), None
    for name in ("reply_to", "mention"):
        told = reading.part(TOLD, story, name, f"{pointer}/story")
        if told:
            named = named or told.get("id")
            identity = told.get("id") or f"{item['id']}/{name}"
            held.media.append(
                Media(
                    identity,
                    "document",
                    told.get("link"),
                    missing_reason=None if told.get("link") else _NO_STORY,
                )
            )
    return named


def _is_signed(link: str, exchange: Exchange, pointer: str) -> bool:
    try:
        return _SIGNED.search(urlsplit(link).hostname or "") is not None
    except ValueError:
        raise wrong(exchange, pointer, "an address", link) from None
