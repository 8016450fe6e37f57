"""A TikTok download in JSON (`Settings > Account > Download your data`).

It has videos, recently deleted ones, reposts, comments by the account, and messages.
https://support.tiktok.com/en/account-and-privacy/personalized-ads-and-data/requesting-your-data. It is one
file, user_data*.json. TikTok has renamed its parts (`Video` became `Post`, `Direct Messages` `Direct
Message`): both are read. Dates are UTC. The link of a video leads to its page, which has the video's number,
or, in most downloads, to its file, and then expires after some days. A video of the second kind has no id,
nor have comments and messages: their id is a hash of their words and time.

It never has: the video files, what others wrote, edits.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson

from recordroom.canonical import encode_canonical, sha256
from recordroom.imports.contract import MADE, About, Form, Found, ImportPiece, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.leftover_files import NOTHING_ELSE, UNKNOWN, list_unread
from recordroom.imports.split import Item, batches, elements, outline
from recordroom.model import REMOVED, Exchange, Media, Record
from recordroom.platforms.schema import load_tree
from recordroom.register.models import Account

FORM = Form("tiktokdownload", "TikTok download", parser=5, says=frozenset(("text",)), platforms=("tiktok",))
_LONGEST_NAME = 1024  # bytes of a name and of what precedes it
_NAME = re.compile(rb'"userName"\s*:\s*("[^"]+")')
_DEPTH = 3  # names in a list's path: section, part, list
_NO_WRITINGS = re.compile(  # what was watched, liked, searched, bought, and set, and who follows whom
    r"^(?:Profile(?: And Settings)?|App Settings|Ads and data|Tik ?tok Shop(?:ping)?|Location Review"
    r"|Income(?:\+| Plus) Wallet[^/]*"
    r"|Likes and Favou?rites)(?:/|$)"
    r"|/(?:Activity Summary|Block[^/]*|[^/]*\bAds?\b[^/]*|Device[^/]*|Favou?rite[^/]*|Follow[^/]*|Hashtag"
    r"|Instant Form[^/]*|Like List"
    r"|Log-?in History|Most Recent Location[^/]*|Off TikTok[^/]*|Purchase[^/]*|Search(?:es)?|[^/]*\bSettings"
    r"|Share History|Status"
    r"|Usage Data[^/]*|[^/]*\bWatch History|Video Browsing History)(?:/|$)",
    re.IGNORECASE,
)
_VIDEO = re.compile(r"/(?:video|photo)/(\d+)")
_OF_ITEMS = {  # fields that are read, counted by captures, a setting, or the address of a file that expires
    "videos": frozenset(
        ("date", "link", "videolink", "likes", "whocanview", "title", "alternatetext", "sound", "location",
         "coverimage", "allowcomments",
         "allowduets", "allowstitches", "allowstickers", "allowsharetostory", "allowsharingtostory",
         "contentdisclosure",
         "aigeneratedcontent", "datedeleted")
    ),
    "reposts": frozenset(("date", "link")),
    "comments": frozenset(("date", "comment", "photo", "sticker", "video", "url", "originalposturl",
    "original post link")),
    "messages": frozenset(("date", "from", "content")),
}  # fmt: skip
_NOTHING = ("", "N/A", "None", None)


def recognize(files: ImportFiles) -> bool:
    return any(b'"' in files.start(name) for name in _members(files))


def about(files: ImportFiles) -> About:
    return About(handle=next(filter(None, (_owner(files, name) for name in _members(files))), None))


def _owner(files: ImportFiles, name: str) -> str | None:
    """Return the account's name.

    In newer downloads the profile follows the comments and messages of many years, so the file is read in
    chunks.
    """
    before = b""
    for chunk in files.chunks(name):
        if found := _NAME.search(before + chunk):
            return str(orjson.loads(found[1]))
        before = chunk[-_LONGEST_NAME:]
    return None


def pieces(files: ImportFiles, account: Account, mapping: None) -> Iterator[ImportPiece | Reject]:  # noqa: ARG001
    for name in _members(files):
        found, owner = 0, _owner(files, name)
        for path, (sort, _) in _LISTS.items():
            with files.open(name) as file:
                for batch in _apart(batches(elements(file, path, name), counted=True), sort):
                    if isinstance(batch, Reject):
                        if "it has no list" not in batch.reason:
                            yield batch
                        continue
                    found += 1
                    opening, closing = (b"{", b"}") if sort == "messages" else (b"[", b"]")
                    body = opening + b",".join(item.raw for item in batch) + closing
                    context = {"member": name, "path": path, "first": batch[0].number, "handle": owner}
                    yield ImportPiece(body, "application/json", f"{name}/{path}/{batch[0].number}", context)
        if not found:
            yield Reject(name, "it has no list with a known name: TikTok may have renamed its lists")
        with files.open(name) as file:
            unknown = [
                path for path in outline(file, _DEPTH) if path not in _LISTS and not _NO_WRITINGS.search(path)
            ]
        yield from (Reject(f"{path} of {name}", UNKNOWN) for path in unknown)
    yield from list_unread(files, list(_members(files)), NOTHING_ELSE, recognize)


def _apart(found: Iterable[list[Item] | Reject], sort: str) -> Iterator[list[Item] | Reject]:
    """Put conversations of the same title into separate pieces.

    A piece is a JSON object: of several members with one name only the last could be read.
    """
    for batch in found:
        if isinstance(batch, Reject) or sort != "messages":
            yield batch
            continue
        waiting: dict[bytes, Item] = {}
        for item in batch:
            title = item.raw.partition(b'":')[0]
            if title in waiting:
                yield list(waiting.values())
                waiting = {}
            waiting[title] = item
        yield list(waiting.values())


def parse(exchange: Exchange) -> Iterator[Found]:
    path, first = exchange.context["path"], exchange.context["first"]
    sort, read = _LISTS[path]
    tree, touched = load_tree(exchange)
    if sort == "messages":
        for number, (title, said) in enumerate(tree.items(), first):
            other = title.removeprefix("Chat History with ").removeprefix("Group Chat with ").rstrip(":")
            at = f"/{title.replace('~', '~0').replace('/', '~1')}"
            parts = (
                (one, f"{at}/{index}", f"message {index + 1} of item {number} of {path}")
                for index, one in enumerate(said or ())
            )
            yield from _each(parts, partial(read, other=other, said=Counter()), exchange, sort, touched)
    else:
        items = ((one, f"/{index}", f"item {first + index} of {path}") for index, one in enumerate(tree))
        yield from _each(items, read, exchange, sort, touched)


def _each(
    items: Iterable[tuple[Any, str, str]],
    read: Callable[..., Record],
    exchange: Exchange,
    sort: str,
    touched: Collection[int],
) -> Iterator[Record | Reject]:
    """Read items; one that cannot be read hides no other.

    items: (item, its pointer, its place in words).
    """
    for one, pointer, place in items:
        try:
            item = {key.lower(): value for key, value in one.items()}
            record = read(item, exchange, pointer)
        except (KeyError, TypeError, AttributeError, ValueError) as problem:
            yield Reject(place, f"it is not in the expected form ({type(problem).__name__}: {problem})")
            continue
        record.leftover = tuple(
            sorted(
                name for name, told in item.items() if name not in _OF_ITEMS[sort] and told not in _NOTHING
            )
        )
        record.repaired = id(one) in touched
        yield record


def _video(item: dict[str, Any], exchange: Exchange, pointer: str) -> Record:
    """Read a video; without a number, only its second makes its id.

    Its title may be edited, and the address of its file is another each time.
    """
    link, title, alt_text = (
        None if told in _NOTHING else told
        for told in (_link(item), item.get("title"), item.get("alternatetext"))
    )
    record = _made("post", item["date"], "", exchange, pointer)
    if number := _VIDEO.search(link or ""):
        record.native_id, record.record_id, record.url = number[1], f"tiktok:videos/{number[1]}", link
    record.root_id, record.text, record.visibility = record.record_id, title, item.get("whocanview")
    reason = "TikTok's download has links to the films, which end after some days"
    record.media = [Media(record.native_id, "video", alt_text=alt_text, missing_reason=reason)]
    return record


def _deleted(item: dict[str, Any], exchange: Exchange, pointer: str) -> Record:
    record = _video(item, exchange, pointer)
    record.status, record.acted_by = REMOVED, "agency"
    record.status_reason = f"deleted at {item.get('datedeleted') or 'an unknown time'}"
    return record


def _repost(item: dict[str, Any], exchange: Exchange, pointer: str) -> Record:
    record = _made("post", item["date"], "", exchange, pointer, _link(item))
    number = _VIDEO.search(_link(item))
    record.root_id = record.record_id
    record.text = None
    record.shared_id = f"tiktok:videos/{number[1]}" if number else None
    record.links = [_link(item)]
    return record


def _link(item: dict[str, Any]) -> str:
    return str(item["link"] if "link" in item else item["videolink"])


def _comment(item: dict[str, Any], exchange: Exchange, pointer: str) -> Record:
    record = _made("comment", item["date"], item["comment"], exchange, pointer, str(item.get("url") or ""))
    number = _VIDEO.search(
        " ".join(str(item.get(name) or "") for name in ("url", "originalposturl", "original post link"))
    )
    record.parent_id = record.root_id = f"tiktok:videos/{number[1]}" if number else None
    record.links = [
        link for name in ("photo", "sticker", "video") if (link := item.get(name)) not in _NOTHING
    ]
    return record


def _message(
    item: dict[str, Any], exchange: Exchange, pointer: str, other: str, said: Counter[tuple[str, ...]]
) -> Record:
    """Read a message of `Chat History with other:`.

    said: (date, words, sender) -> how often so far; every sticker has the same words.
    """
    same = (item["date"], item["content"], item["from"])
    said[same] += 1
    again = [str(said[same])] if said[same] > 1 else []
    record = _made("message", item["date"], item["content"], exchange, pointer, other, item["from"], *again)
    record.author_id, record.author_is_account, record.author_handle = (
        None,
        _is_ours(item["from"], other, exchange),
        item["from"],
    )
    record.root_id = f"tiktok:download/conversations/{other}"
    return record


def _in_group(
    item: dict[str, Any], exchange: Exchange, pointer: str, other: str, said: Counter[tuple[str, ...]]
) -> Record:
    """Read a message of a group; `other` is the group's name."""
    record = _message(item, exchange, pointer, other, said)
    record.author_is_account = True if item["from"] == exchange.context.get("handle") else None
    return record


def _is_ours(sender: str, other: str, exchange: Exchange) -> bool | None:
    """Whether the account sent a message, by the name in the profile.

    None if the sender's name is neither the account's nor the conversation's.
    """
    if sender == other:
        return False
    return True if exchange.context.get("handle") in (None, sender) else None


def _made(kind: str, date: str, text: str, exchange: Exchange, pointer: str, *parts: str) -> Record:
    native = f"{MADE}{sha256(encode_canonical([kind, date, text, *parts]))[:32]}"
    me = exchange.context.get("account")
    return Record(
        record_id=f"tiktok:{native}", kind=kind, native_id=native, pointer=pointer, author_id=me,
        author_is_account=True, text=text,
        published_at=_when(date),
    )  # fmt: skip


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix(" UTC")).replace(tzinfo=UTC)


def _members(files: ImportFiles) -> Iterator[str]:
    return (name for name in files.names() if re.search(r"(?:^|/)user_data[^/]*\.json$", name))


_LISTS: dict[str, tuple[str, Callable[..., Record]]] = {
    "Video/Videos/VideoList": ("videos", _video),
    "Post/Posts/VideoList": ("videos", _video),
    "Post/Recently Deleted Posts/PostList": ("videos", _deleted),
    "Your Activity/Reposts/RepostList": ("reposts", _repost),
    "Comment/Comments/CommentsList": ("comments", _comment),
    "Direct Messages/Chat History/ChatHistory": ("messages", _message),
    "Direct Message/Direct Messages/ChatHistory": ("messages", _message),
    "Direct Message/Group Chat/GroupChat": ("messages", _in_group),
}
