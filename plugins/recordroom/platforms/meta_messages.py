"""Private messages of a Page on Messenger and of an account on Instagram, which one API gives, conversation by conversation.

Read (https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversations and
https://developers.facebook.com/docs/graph-api/reference/message, 2026-11-25; types of the PyPI package facebook-business 26):
  /<account>/conversations?platform=messenger|instagram    the conversations, each with its newest messages
                          &folder=page_done|other|spam     of a Page: those that are in no inbox any more, or never were
  /<conversation>/messages                                 the rest of them, behind the `paging.next` of that list

Conversations come by the time of their last message, messages newest first. A window of the last days ends at the first page of
conversations in which nothing was said since messages were last read, and within a conversation at the first message from before that,
if it is held: one that moved up the list while it was read was passed over then, and comes with its next message.

"You can only get details about the 20 most recent messages in the conversation": an older one is listed by its id alone, or is an error
that calls it deleted. Unless the oldest that was given is one that was read before, messages were missed, and no later answer will have
them: the core is told (`messages_missed`). Nothing is concluded from a message that is not there. An inbox that held conversations and
has none at all, in no folder, is taken for one that is not shown. A conversation at which Meta fails, in the list and by itself, is passed
over and named, and so is a folder beside the inbox. The folders are named by no reference: who had marked all as done got nothing without
(https://github.com/eisenjulian/fb-page-chat-download/issues/3).

```
inbox = Inbox()                                                      # what is still to be asked: a part of the cursor
for exchange in Reader(walk, window, MESSENGER, inbox, refused).read(path): ...  # also the refusal, where the permission is lacking
for record in messages_in(item, reading, pointer, MESSENGER): ...        # of a conversation, or of a single message
```
What a message holds besides words: files, whose addresses are signed anew in every answer (a file is called by its own id or by its place
in the message), stickers, what was shared, and the story that it answers or that names the account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from recordroom.errors import PlatformFailure
from recordroom.model import Exchange, Media, Record, instant, moment
from recordroom.platforms import LATE, Window
from recordroom.platforms.answers import wrong
from recordroom.platforms.meta import Walk, file_name, next_of, objects
from recordroom.platforms.meta_errors import code_of, is_refusal, words_of
from recordroom.platforms.paging import Params
from recordroom.platforms.shapes import ANY_NUMBER, FLAG, ID, ITEM, LIST, NULL, TEXT, Reading, Shape, content_of, when
from recordroom.platforms.unread import IN_A_ROW, spared

CONVERSATIONS, MESSAGES = 20, 20  # in a page of each
INVALID = 100  # the code of an error about what was asked for
SAID = "id,created_time,from,to,message,attachments.limit(50),shares"  # the last two whole: which fields they have differs
_TEXT, _ITEM = TEXT | NULL, ITEM | NULL
CONVERSATION = Shape(
    {"id": TEXT, "updated_time": _TEXT, "messages": _ITEM},
    dict.fromkeys(("participants", "senders", "former_participants", "name"), "said by whom each message is from and to")
    | dict.fromkeys(("snippet", "message_count"), "said by the messages")
    | dict.fromkeys(("unread_count", "can_reply", "is_subscribed", "is_owner", "folder", "wallpaper", "linked_group"), "how it is shown")
    | dict.fromkeys(("link", "scoped_thread_key"), "another name of it"),
)
MESSAGE = Shape(
    {"id": TEXT, "created_time": _TEXT, "from": _ITEM, "to": _ITEM, "message": _TEXT, "attachments": _ITEM, "shares": _ITEM}
    | {"sticker": _TEXT, "story": _ITEM, "is_unsupported": FLAG | NULL},
    {"tags": "in which folder it lies, and from which program it came", "reactions": "who reacted how", "thread_id": "the conversation"}
    | {"reply_to": "told by webhooks alone, as far as is documented"},
)
PERSON = Shape({"id": ID | NULL, "name": _TEXT, "username": _TEXT}, {"email": "made of the id", "user_id": "said by id"})
CONNECTION = Shape({"data": LIST | NULL, "paging": _ITEM})
ATTACHMENT = Shape(
    {"id": _TEXT, "mime_type": _TEXT, "name": _TEXT, "file_url": _TEXT, "image_data": _ITEM, "video_data": _ITEM}
    | {"generic_template": _ITEM},
    {"size": "told by the file"},
)
_SIZE = ANY_NUMBER | NULL
_OTHERS = "another form of the file"
FILE = Shape(
    {"url": _TEXT, "width": _SIZE, "height": _SIZE, "length": _SIZE, "animated_gif_url": _TEXT},
    dict.fromkeys(("preview_url", "raw_gif_image", "raw_webp_image", "animated_gif_preview_url", "animated_webp_url"), _OTHERS)
    | dict.fromkeys(("animated_webp_preview_url", "max_width", "max_height"), _OTHERS)
    | dict.fromkeys(("image_type", "video_type", "rotation", "render_as_sticker"), "how it is shown"),
)
TEMPLATE = Shape({"title": _TEXT, "subtitle": _TEXT, "media_url": _TEXT, "cta": ITEM | LIST | NULL}, {"elements": "said by its title"})
BUTTON = Shape({"title": _TEXT, "url": _TEXT}, {"type": "what it does", "payload": "sent to the program of the account"})
SHARE = Shape(
    {"id": _TEXT, "link": _TEXT},
    dict.fromkeys(("name", "description", "template", "picture"), "made by Meta from the page behind the link"),
)
STORY = Shape({"mention": _ITEM, "reply_to": _ITEM})
TOLD = Shape({"id": _TEXT, "link": _TEXT})

_SIGNED = re.compile(r"(?:^|\.)(?:fbcdn\.net|fbsbx\.com|cdninstagram\.com)$")  # an address there is a file, and another one each time
_IDS = ("m_", "t_", "aWdf")  # of messages and conversations: the documentation's examples; "aWdf" is how "ig_" begins in Base64
_CONTENT = ("from", "message", "attachments", "shares", "sticker", "story", "is_unsupported")
_CONVERSATION = re.compile(r"/([^/?]+)/messages(?:[?{]|$)")
_NO_FILE = "Meta gives no address of it"
_NO_STORY = "Meta gives no address of the story: its day is over, or it was deleted"
_UNSUPPORTED = "a kind of message that the API does not give"


@dataclass(frozen=True, slots=True)
class Box:
    """What one of the two says for itself. `platform`: as the API calls it; `permission`: what reading needs; `most`: how many messages
    of a conversation are given, where the list may end there without a word."""

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


@dataclass
class Inbox:
    """What is still to be asked. `folder`: which of the Box's; `page`: of the next conversations in it; `older`: [conversation, its next
    page ("" of the first), id and time of the oldest of its messages that were given]; `over`: nothing is left."""

    folder: int = 0
    page: str | None = None
    older: list[list[str]] = field(default_factory=list)
    over: bool = False


class Reader:
    """One pass over an inbox. `until`: what was said before that needs not be read again; None: all of it is read. `lacks`: where it is
    noted, in words, what Meta fails to give. `missed`: a conversation of which not all was given, and nobody was told yet."""

    def __init__(self, walk: Walk, window: Window, box: Box, inbox: Inbox, lacks: list[str]) -> None:
        self.walk, self.window, self.box, self.inbox, self.lacks = walk, window, box, inbox, lacks
        self.said, self._row = f"{SAID},{box.more}", 0
        self.until = window.messages_since - LATE if window.messages_since and window.kind == "recent" else None
        self.missed = ""

    @property
    def wanted(self) -> bool:
        return self.window.messages and self.window.kind != "one" and not self.inbox.over

    def told(self, page: Exchange) -> Exchange:
        """For the core: what was missed."""
        if not self.missed:
            return page
        where, self.missed = f"{self.box.name}:conversations/{self.missed}", ""
        words = f"{self.box.title} gives the newest messages of a conversation only: {where} (the first of them) may hold older ones"
        words += f" that were not captured; docs/platforms/{self.box.name}.md says what to do"
        return replace(page, context={**page.context, "messages_missed": words})

    def read(self, path: str) -> Iterator[Exchange]:
        """Folder by folder, each page of conversations, followed by what is older in them."""
        inbox, folders = self.inbox, self.box.folders
        empty = self.window.messages_held and not inbox.folder and inbox.page is None
        while not inbox.over:
            folder = folders[inbox.folder] if inbox.folder < len(folders) else ""
            try:
                yield from self._older()
                if inbox.folder == len(folders):
                    return
                for page in self._conversations(path, folder):
                    if native := page.context.get("passed"):
                        empty, recent = False, True
                        inbox.older.append([native, "", "", ""])
                    else:
                        empty, recent = empty and not any(objects(page)), self._note(page)
                    inbox.page = page.cursor if recent else None
                    inbox.folder += inbox.page is None
                    if empty and inbox.folder == len(folders):
                        inbox.folder = 0  # whoever goes on here asks again
                        yield self.refused(page, "the list of conversations is empty, and was not before")
                        return
                    self._settle()
                    yield self.told(page)
                    yield from self._older()
                    if not recent:
                        break
            except PlatformFailure as refusal:
                answer = spared(refusal)
                if not folder:  # whoever goes on here asks again
                    yield self.refused(answer, words_of(answer), fault=not is_refusal(answer))
                    return
                inbox.page, inbox.folder = None, folders.index(folder) + 1
                self._settle()
                if code_of(answer) != INVALID:  # then there is no such folder
                    self._lack(f"does not give the private messages in the folder {folder} ({words_of(answer)})")
                yield self.told(replace(answer, context={**answer.context, "not_given": True}))

    def _conversations(self, path: str, folder: str) -> Iterator[Exchange]:
        inner = f"messages.limit({MESSAGES}){{{self.said}}}"
        within = {"folder": folder} if folder else {}
        asked: Params = {"platform": self.box.platform, **within, "fields": f"id,updated_time,{inner}", "limit": CONVERSATIONS}
        return self.walk.sparing(path, asked, self.inbox.page, edge="conversations")

    def _settle(self) -> None:
        self.inbox.over = self.inbox.folder == len(self.box.folders) and not self.inbox.older

    def _lack(self, what: str) -> None:
        words = f"{self.box.title} {what}"
        self.lacks += [words] if words not in self.lacks else []

    def refused(self, exchange: Exchange, why: str, *, fault: bool = False) -> Exchange:
        """The answer that says so, with the words for the core. `fault`: it is Meta's own, and no permission is lacking."""
        mend = f"needed is {self.box.permission}: docs/platforms/{self.box.name}.md says how to give it"
        words = f"{why}; {'it is asked for again at each capture' if fault else mend}"
        return replace(exchange, context={**exchange.context, "messages_refused": words})

    def _note(self, page: Exchange) -> bool:
        """Take up what is older; whether anything in the page is as new as the window, or nothing is there: Meta gives empty pages too, and
        more behind them."""
        reading, recent = Reading(page), not any(objects(page))
        for pointer, conversation in objects(page):
            reading.check(CONVERSATION, conversation, pointer)
            updated = conversation.get("updated_time")
            if self.until is None or not updated or when(updated, page, f"{pointer}/updated_time") >= self.until:
                recent = True
                listed = reading.part(CONNECTION, conversation, "messages", pointer)
                if more := self._more([conversation["id"], "", "", ""], listed, reading, f"{pointer}/messages"):
                    self.inbox.older.append(more)
        return recent

    def _older(self) -> Iterator[Exchange]:
        """What was not given of a conversation is told; the others are read. After IN_A_ROW at which Meta fails it is down."""
        inbox = self.inbox
        while inbox.older:
            conversation, address, *_ = inbox.older[0]
            context = {**self.walk.context, "edge": "messages", "conversation": conversation}
            first: Params = {"fields": self.said, "limit": MESSAGES}
            try:
                for page in self.walk.walked(f"{conversation}/messages", first, address or None, context):
                    self._row = 0
                    more = self._more(inbox.older[0], content_of(page), Reading(page), "")
                    inbox.older[:1] = [more] if more else []
                    self._settle()
                    yield self.told(page)
                    if not more:
                        break
            except PlatformFailure as failure:
                page = spared(failure)
                if is_refusal(page):
                    self._miss(inbox.older[0])
                else:
                    self._fail(conversation, page, failure)
                del inbox.older[0]
                self._settle()
                yield self.told(replace(page, context={**page.context, "not_given": True}))

    def _fail(self, conversation: str, answer: Exchange, failure: PlatformFailure) -> None:
        """Note one at which Meta fails: a sweep reads it once it is given again."""
        if self._row >= IN_A_ROW:
            raise failure
        self._row += 1
        where = f"{self.box.name}:conversations/{conversation}"
        self._lack(f"lists private messages ({where}) and does not give them ({words_of(answer)})")

    def _more(self, older: list[str], listed: dict[str, Any], reading: Reading, pointer: str) -> list[str] | None:
        """What is still to be asked of a conversation, as far as it is needed; where some is there, or may be, and is not given, that is
        noted. `older`: what was to be asked before this page."""
        messages = reading.each(MESSAGE, listed, "data", pointer)
        given = [message for message in messages if _is_given(message)]
        times = [when(message["created_time"], reading.exchange, f"{pointer}/data") for message in given]
        more, oldest = next_of(listed, reading, pointer), older[2:]
        if given:
            oldest = [given[times.index(min(times))]["id"], instant(min(times))]
        if self.until is not None and times and min(times) < self.until and self._is_held(oldest[0]):
            return None
        if len(given) < len(messages) or (more is None and self.box.most is not None and len(given) >= self.box.most):
            self._miss([older[0], "", *oldest])
            return None
        return [older[0], more, *oldest] if more else None

    def _miss(self, older: list[str]) -> None:
        """Note that what is older is not given, unless the oldest that was given is one that an earlier capture read: that one had reached
        further back. What a capture read that did not come to its end is held too, and tells nothing."""
        conversation, _, native, at = older
        since = self.window.messages_since
        if since is None or not native or moment(at) >= since or not self._is_held(native):
            self.missed = self.missed or conversation

    def _is_held(self, native: str) -> bool:
        return self.window.holds(f"{self.box.name}:messages/{native}")


# ------------------------------------------------------------------------------------------------------------------------------ parse


def is_private(item: dict[str, Any]) -> bool:
    """Of a saved item: by ids that only conversations and messages have."""
    return isinstance(item.get("id"), str) and item["id"].startswith(_IDS)


def messages_in(item: dict[str, Any], reading: Reading, pointer: str, box: Box) -> Iterator[Record]:
    """Those of a conversation, or a single one. What is listed by its id alone is not given."""
    found, conversation = [(pointer, item)], reading.context.get("conversation") or _conversation_in(reading.exchange.url)
    if "messages" in item or "updated_time" in item:
        reading.check(CONVERSATION, item, pointer)
        listed, conversation = reading.part(CONNECTION, item, "messages", pointer), item["id"]
        found = [(f"{pointer}/messages/data/{i}", message) for i, message in enumerate(listed.get("data") or ())]
    for where, message in found:
        reading.check(MESSAGE, message, where)
        if _is_given(message):
            yield _message(message, reading, where, box, conversation)


def _conversation_in(url: str) -> str | None:
    found = _CONVERSATION.search(urlsplit(url).path)
    return found[1] if found else None


def _is_given(message: dict[str, Any]) -> bool:
    return bool(message.get("created_time")) and any(message.get(name) is not None for name in _CONTENT)


def _message(item: dict[str, Any], reading: Reading, pointer: str, box: Box, conversation: str | None) -> Record:
    by, native, handle = reading.part(PERSON, item, "from", pointer), item["id"], reading.context.get("handle")
    ours = (by.get("id") is not None and str(by["id"]) == reading.me) or (handle is not None and by.get("username") == handle)
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
    others = [one for one in to if str(one.get("id")) != me and (handle is None or one.get("username") != handle)]
    return list(dict.fromkeys(str(name) for one in others if (name := one.get("username") or one.get("name") or one.get("id"))))


@dataclass
class _Held:
    """What a message holds besides its own words. `words`: what its author chose: buttons, cards, the name of a document."""

    media: list[Media]
    links: list[str]
    words: list[str | None]


def _attached(item: dict[str, Any], reading: Reading, pointer: str, held: _Held) -> None:
    """Files, and cards with buttons. A sticker may be among the files, too."""
    where, listed = f"{pointer}/attachments", reading.part(CONNECTION, item, "attachments", pointer)
    if next_of(listed, reading, where):
        reading.left.append("attachments.paging.next")  # a message holds thirty at most
    for i, one in enumerate(reading.each(ATTACHMENT, listed, "data", where)):
        place, identity = f"{where}/data/{i}", one.get("id") or f"{item['id']}/{i + 1}"
        if one.get("generic_template") is not None:
            _card(reading.part(TEMPLATE, one, "generic_template", place), reading, f"{place}/generic_template", identity, held)
            continue
        image, film = (reading.part(FILE, one, name, place) for name in ("image_data", "video_data"))
        sort = (one.get("mime_type") or "").partition("/")[0]
        kind = "image" if image else "video" if film else sort if sort in ("image", "video", "audio") else "document"
        url = image.get("animated_gif_url") or image.get("url") or film.get("url") or one.get("file_url")
        held.media.append(_media(identity, kind, url, image or film))
        held.words.append(one.get("name") if kind == "document" else None)
    if item.get("sticker") and not held.media:
        held.media.append(Media(file_name(item["sticker"], reading.exchange), "image", item["sticker"]))
    if item.get("is_unsupported"):
        held.media.append(Media(f"{item['id']}/unsupported", "document", missing_reason=_UNSUPPORTED))


def _media(identity: str, kind: str, url: str | None, size: dict[str, Any]) -> Media:
    width, height = (round(n) if (n := size.get(name)) is not None and 0 < n < 1e9 else None for name in ("width", "height"))
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
    """An address that is signed anew each time is that of a file."""
    where = f"{pointer}/shares"
    for i, one in enumerate(reading.each(SHARE, reading.part(CONNECTION, item, "shares", pointer), "data", where)):
        link = one.get("link")
        if link and _is_signed(link, reading.exchange, f"{where}/data/{i}/link"):
            held.media.append(Media(one.get("id") or f"{item['id']}/shared/{i + 1}", "document", link))
        elif link:
            held.links.append(link)


def _story(item: dict[str, Any], reading: Reading, pointer: str, held: _Held) -> str | None:
    """The story that it answers, or that names the account: its id, and its file as long as that is given."""
    story, named = reading.part(STORY, item, "story", pointer), None
    for name in ("reply_to", "mention"):
        told = reading.part(TOLD, story, name, f"{pointer}/story")
        if told:
            named = named or told.get("id")
            identity = told.get("id") or f"{item['id']}/{name}"
            held.media.append(Media(identity, "document", told.get("link"), missing_reason=None if told.get("link") else _NO_STORY))
    return named


def _is_signed(link: str, exchange: Exchange, pointer: str) -> bool:
    try:
        return _SIGNED.search(urlsplit(link).hostname or "") is not None
    except ValueError:
        raise wrong(exchange, pointer, "an address", link) from None
