"""The common parts of the downloads of Facebook, Instagram, and Threads.

https://www.facebook.com/help/212802592074644, JSON, in English. Their text is damaged: each byte of UTF-8 is
an escape of its own (`\\u00c3\\u00a9` for é). No item has an id: the id of a record is a hash of its words
and time, and a person is notified of a possible duplicate of a captured record, which has its real id. Names
of files have changed over the years; a file is recognized by the end of its path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from recordroom.canonical import encode_canonical, sha256
from recordroom.imports import split
from recordroom.imports.contract import MADE, Found, ImportPiece, Passed, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.leftover_files import list_unread
from recordroom.imports.split import elements, json_pieces
from recordroom.model import Exchange, Media, Record, loads
from recordroom.platforms.html_text import file_kind
from recordroom.platforms.schema import load_tree

Item = dict[str, Any]
Reader = Callable[[Item, "DownloadReading"], Iterator[Record | Passed]]
MESSAGES = re.compile(r"(?:^|/)messages/[^/]+/([^/]+)/message_\d+\.json$")
_NO_WRITINGS = (  # folders of settings, logs, lists of other people, and what was shown
    r"about_you|account_information|ads_[^/]*|ads|apps_and_websites[^/]*|comments_allowed_from|connections"
    r"|contacts|device_information"
    r"|followers_and_following|following_and_followers|friends|friends_and_followers|information_about_you"
    r"|likes|likes_and_reactions|location"
    r"|logged_information|login_and_account_creation|monetization|notifications|past_instagram_insights"
    r"|payment_history|personal_information"
    r"|preferences|profile_information|recent_searches|saved|saved_items_and_collections|search"
    r"|search_history|security_and_login_information"
    r"|shopping|subscriptions|your_places|your_topics"
)
_FILES = (
    r"start_here\.html|index\.html|no-data\.txt|(?:likes_and_reactions|reactions|liked_posts"
    r"|liked_comments)[^/]*\.json|profile_photos\.json"
    r"|(?:autofill_information|secret_conversations|your_chat_settings_on_web)\.json"
    r"|threads/(?:apps_and_websites|blocked_profiles|followers|following|interest_feeds_on_threads"
    r"|liked_threads|pending_follow_requests"
    r"|personal_information|recent_follow_requests|recently_unfollowed_profiles|saved_threads|threads_viewed"
    r"|your_posts_without_notifications)"
    r"(?:_\d+)?\.json"
)
# taps on others' stories, except answers to their questions
_STICKERS = r"story(?:_sticker)?_interactions/(?!questions)[^/]*"
_ATTACHED = r"messages/[^/]+/[^/]+/(?:photos|videos|audio|gifs|files)"  # their messages name these files
# such a folder has been seen within the profile's folder
_ACTIVITY = (
    r"(?!(?:.*/)?(?:your_\w+"
    r"|this_profile's)_activity[^/]*/)"
)
NO_WRITINGS = re.compile(
    rf"(?:^|/)(?:(?:{_NO_WRITINGS})/{_ACTIVITY}.*|{_ATTACHED}/.*|(?:{_FILES}|{_STICKERS}))$"
)
# folders of the platforms' own
_OWN = re.compile("your_|this_profile|media$|messages$|posts$|content$|comments")
_READ = frozenset(
    ("sender_name", "timestamp_ms", "content", "photos", "videos", "audio_files", "gifs", "files", "sticker",
     "share", "is_unsent",
     "reactions", "type", "call_duration", "missed", "users", "ip", "is_geoblocked_for_viewer",
     "is_taken_down",
     "is_unsent_image_by_messenger_kid_parent", "bumped_message_metadata")
)  # fmt: skip
_OF_FILES = frozenset(  # fields of files in both downloads that are read or are no writings
    ("uri", "creation_timestamp", "title", "description", "media_metadata", "thumbnail", "backup_uri",
     "cross_post_source", "dubbing_info",
     "media_variants")
)  # fmt: skip
ALONE = ""
# errors of items that are not as they should be
_MISTAKES = (LookupError, TypeError, AttributeError, ValueError, OverflowError)
_THUMBNAIL = re.compile(rb'"thumbnail"\s*:\s*\{[^{}]*\}')
_URI = re.compile(rb'"uri"\s*:\s*"([^"]+)"')
_FOLDERS = frozenset(("messages", "posts"))
_OF_SHARES = frozenset(
    ("link", "share_text", "original_content_owner", "profile_share_username", "profile_share_name")
)
_ELSEWHERE = "the download has the address of the file alone"
_DAMAGED = re.compile("[\\x80-\\xff]")


@dataclass(frozen=True, slots=True)
class DownloadPart:
    """Files of one kind."""

    sort: str  # the name of the kind, stored in each piece
    pattern: re.Pattern[str]
    # name of the list in the outermost object; None: the file is the list; ALONE: the file is one item
    key: str | None
    read: Reader
    # files with the same items and more; an item whose media are all in those files is not read here
    whole: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class DownloadReading:
    """The values that all items of a piece share."""

    platform: str
    account: str | None  # the account's id, if it is pinned
    member: str  # the file
    pointer: str  # of the item

    def record(self, kind: str, at: float, text: str | None, *parts: str, **more: Any) -> Record:
        """Make a record.

        at: Unix time in seconds; 0 if unknown. parts: further values that distinguish items of the same
            second.
        """
        native = sha256(encode_canonical([kind, round(at * 1000), text or "", *parts]))[:32]
        name = f"{self.platform}:{MADE}{native}"
        told: dict[str, Any] = {"author_id": self.account, "author_is_account": True} | more
        root = {"root_id": name} if kind in ("post", "story") else {}
        published = datetime.fromtimestamp(at, UTC) if at else None  # 0: they do not know the time
        return Record(
            record_id=name,
            kind=kind,
            native_id=f"{MADE}{native}",
            pointer=self.pointer,
            text=text,
            published_at=published,
            **root | told,
        )


def repair_text(value: Any) -> Any:
    """Return a value with the damage to its text repaired."""
    if isinstance(value, str):
        if _DAMAGED.search(value):
            try:
                return value.encode("latin-1").decode()
            except UnicodeError:
                return value  # the text was never damaged
        return value
    if isinstance(value, list):
        return [repair_text(one) for one in value]
    return (
        {repair_text(key): repair_text(one) for key, one in value.items()}
        if isinstance(value, dict)
        else value
    )


def is_download_of(files: ImportFiles, parts: tuple[DownloadPart, ...], platform: str) -> bool:
    """Whether the download is this platform's.

    It must have a part that only this platform has, or messages in a folder with the platform's name: both
    platforms have messages, and their folders, like the top folder of a download, are named after people.
    """
    # facebook-district/, your_facebook_activity/, this_profile's_activity_across_facebook/
    folder = re.compile(rf"(?:^|[/_]){platform}[-_/]")
    return not files.alone and any(
        part.sort != "messages" or folder.search(name.partition("messages/")[0])
        for name, part in members(files, parts)
    )


def members(files: ImportFiles, parts: tuple[DownloadPart, ...]) -> Iterator[tuple[str, DownloadPart]]:
    for name in files.names():
        yield from ((name, part) for part in parts if part.pattern.search(name))


def pieces(
    files: ImportFiles, parts: tuple[DownloadPart, ...], platform: str, within: str = ""
) -> Iterator[ImportPiece | Reject]:
    """Return the pieces of all parts, and a Reject for each unknown file.

    within: the platform's folder, in a download that contains others' too.
    """
    top, moved = _top(files), _moved(files)
    taken = dict(members(files, parts))
    held = {
        whole: _held_in(whole, taken, files)
        for whole in {part.whole for part in taken.values() if part.whole}
    }
    for name, part in taken.items():
        if part.key == ALONE:
            context = {"member": name, "first": 1, "sort": part.sort, "folder": top, "moved": moved}
            yield ImportPiece(b"[" + files.whole(name) + b"]", "application/json", f"{name}/1", context)
            continue
        with files.open(name) as file:
            but = held[part.whole] if part.whole else None
            yield from json_pieces(file, name, part.key, but, sort=part.sort, folder=top, moved=moved)
    yield from list_unread(
        files, taken, NO_WRITINGS, lambda part: is_download_of(part, parts, platform), within
    )


def _held_in(
    whole: re.Pattern[str], taken: Mapping[str, DownloadPart], files: ImportFiles
) -> Callable[[bytes], bool] | None:
    """Return a function: whether items of `whole` have all files of an item.

    Only items that can be read count. None if there is no file of `whole`.
    """
    known: set[bytes] = set()
    names = [name for name in taken if whole.search(name)]
    for name in names:
        with files.open(name) as file:
            for one in elements(file):
                if isinstance(one, split.Item) and _can_be_read(one.raw, taken[name]):
                    known |= _named(one.raw)
    return (lambda raw: bool(_named(raw)) and _named(raw) <= known) if names else None


def _named(raw: bytes) -> set[bytes]:
    return set(_URI.findall(_THUMBNAIL.sub(b"", raw)))


def _can_be_read(raw: bytes, part: DownloadPart) -> bool:
    try:
        list(part.read(repair_text(loads(raw)), DownloadReading("", None, "", "")))
    except (*_MISTAKES, RecursionError):
        return False
    return True


def parse(exchange: Exchange, parts: tuple[DownloadPart, ...]) -> Iterator[Found]:
    tree, touched = load_tree(exchange)
    context = exchange.context
    read = next(part.read for part in parts if part.sort == context["sort"])
    for index, item in enumerate(tree):
        reading = DownloadReading(context["platform"], context.get("account"), context["member"], f"/{index}")
        try:
            found = list(read(repair_text(item), reading))
        except _MISTAKES as problem:
            place = f"item {context['first'] + index} of {context['member']}"
            yield Reject(place, f"it is not in the expected form ({type(problem).__name__}: {problem})")
            continue
        for one in found:
            if isinstance(one, Record):
                one.repaired = id(item) in touched
                for media in one.media:
                    within = context.get("moved", {}).get((media.url or "").partition("/")[0], "")
                    media.url = media.url and f"{context['folder']}{within}{media.url}"
            yield one


def _top(files: ImportFiles) -> str:
    """Return the archive's top folder, which precedes the paths in items, if any."""
    tops = {name.partition("/")[0] for name in files.names()}
    only = next(iter(tops)) if len(tops) == 1 else ""
    return f"{only}/" if only and not _OWN.match(only) else ""


def _moved(files: ImportFiles) -> dict[str, str]:
    """Return folder -> the folder that has it now, if items name its old place.

    `messages/` is in `your_facebook_activity/`.
    """
    names = [
        name.removeprefix(_top(part)).split("/", 2)
        for part in (files, *files.beside)
        for name in part.names()
    ]
    asked = _FOLDERS - {first for first, *_ in names}
    return {
        name[1]: f"{name[0]}/"
        for name in names
        if len(name) == 3 and name[1] in asked and "_activity" in name[0]
    }


def read_file(one: Mapping[str, Any], position: int) -> Media:
    """Read `{uri, creation_timestamp, title?, description?}`.

    The `uri` of a file from elsewhere on the web (a GIF, for example) is an address.
    """
    uri = one["uri"]
    about = one.get("description") or one.get("title") or None
    if "://" in uri:
        return Media(uri, file_kind(uri), None, about, position=position, missing_reason=_ELSEWHERE)
    return Media(uri, file_kind(uri), uri, about, position=position)


def read_files(items: Iterable[Mapping[str, Any]]) -> list[Media]:
    return [read_file(one, position) for position, one in enumerate(items, 1)]


def list_unread_fields(of_files: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the unrecognized fields of files, such as words of others below them."""
    return {
        f"media.{name}"
        for one in of_files
        for name, told in one.items()
        if name not in _OF_FILES and told not in (None, "", [], {})
    }


def join_once(*parts: str | None) -> str:
    """Join words from several places, each once."""
    return "\n\n".join(dict.fromkeys(filter(None, parts)))


def read_message(item: Item, reading: DownloadReading) -> Iterator[Record]:
    """Read a private message, of any sender.

    Repeated words (a bump) are a field of their own, and no part of the id, which was first made without
    them. The owner of a shared post or profile is mentioned; the words of a shared post are in that post's
    own field.
    """
    thread = MESSAGES.search(reading.member)
    conversation = thread[1] if thread else reading.member
    kinds = ("photos", "videos", "audio_files", "gifs", "files")
    shown = [
        *chain.from_iterable(item.get(kind) or () for kind in kinds),
        *filter(None, (item.get("sticker"),)),
    ]
    share = item.get("share") or {}
    text = "\n\n".join(filter(None, (item.get("content"), share.get("share_text"))))
    record = reading.record(
        "message",
        item["timestamp_ms"] / 1000,
        text,
        conversation,
        item["sender_name"],
        author_id=None,
        author_is_account=None,
        author_name=item["sender_name"],
        root_id=f"{reading.platform}:download/conversations/{conversation}",
        links=[share["link"]] if share.get("link") else [],
        mentions=[
            share[name] for name in ("original_content_owner", "profile_share_username") if share.get(name)
        ],
        media=read_files(shown),
        leftover=tuple(
            sorted(
                {
                    *(item.keys() - _READ),
                    *(f"share.{name}" for name in share.keys() - _OF_SHARES if share[name]),
                }
            )
        ),
        status="removed" if item.get("is_unsent") else "visible",
        status_reason="is_unsent" if item.get("is_unsent") else None,
    )
    record.text = join_once(text, (item.get("bumped_message_metadata") or {}).get("bumped_message"))
    yield record
