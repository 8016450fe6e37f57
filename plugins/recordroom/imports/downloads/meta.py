"""What the downloads of Facebook and Instagram have in common (https://www.facebook.com/help/212802592074644, JSON, in English).

Their text is damaged: the bytes of UTF-8 stand as one escape each (`\\u00c3\\u00a9` for é). They name no item by an id: a record is called
by a hash of what it says and when, and a person is told where it is likely the same as one that a capture holds under its id. Names of
files have changed with the years; a file is known by the end of its path.
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
from recordroom.imports.contract import MADE, Found, Passed, Piece, Reject
from recordroom.imports.files import Files
from recordroom.imports.leftover_files import not_taken
from recordroom.imports.split import elements, json_pieces
from recordroom.model import Exchange, Media, Record, loads
from recordroom.platforms.markup import kind_of
from recordroom.platforms.shapes import tree_of

Item = dict[str, Any]
Reader = Callable[[Item, "Reading"], Iterator[Record | Passed]]
MESSAGES = re.compile(r"(?:^|/)messages/[^/]+/([^/]+)/message_\d+\.json$")
_NO_WRITINGS = (  # folders of settings, logs, lists of others, and of what was shown
    r"about_you|account_information|ads_[^/]*|ads|apps_and_websites[^/]*|comments_allowed_from|connections|contacts|device_information"
    r"|followers_and_following|following_and_followers|friends|friends_and_followers|information_about_you|likes|likes_and_reactions|location"
    r"|logged_information|login_and_account_creation|monetization|notifications|past_instagram_insights|payment_history|personal_information"
    r"|preferences|profile_information|recent_searches|saved|saved_items_and_collections|search|search_history|security_and_login_information"
    r"|shopping|subscriptions|your_places|your_topics"
)
_FILES = (
    r"start_here\.html|index\.html|no-data\.txt|(?:likes_and_reactions|reactions|liked_posts|liked_comments)[^/]*\.json|profile_photos\.json"
    r"|(?:autofill_information|secret_conversations|your_chat_settings_on_web)\.json"
    r"|threads/(?:apps_and_websites|blocked_profiles|followers|following|interest_feeds_on_threads|liked_threads|pending_follow_requests"
    r"|personal_information|recent_follow_requests|recently_unfollowed_profiles|saved_threads|threads_viewed|your_posts_without_notifications)"
    r"(?:_\d+)?\.json"
)
_STICKERS = r"story(?:_sticker)?_interactions/(?!questions)[^/]*"  # taps on others' stories, but for answers to their questions
_ATTACHED = r"messages/[^/]+/[^/]+/(?:photos|videos|audio|gifs|files)"  # their messages name them
_ACTIVITY = r"(?!(?:.*/)?(?:your_\w+|this_profile's)_activity[^/]*/)"  # which has been seen within the folder of the profile
NO_WRITINGS = re.compile(rf"(?:^|/)(?:(?:{_NO_WRITINGS})/{_ACTIVITY}.*|{_ATTACHED}/.*|(?:{_FILES}|{_STICKERS}))$")
_OWN = re.compile("your_|this_profile|media$|messages$|posts$|content$|comments")  # folders of the platforms' own
_READ = frozenset(
    ("sender_name", "timestamp_ms", "content", "photos", "videos", "audio_files", "gifs", "files", "sticker", "share", "is_unsent",
     "reactions", "type", "call_duration", "missed", "users", "ip", "is_geoblocked_for_viewer", "is_taken_down",
     "is_unsent_image_by_messenger_kid_parent", "bumped_message_metadata")
)  # fmt: skip
_OF_FILES = frozenset(  # what both say of a file, and is no writing or is read
    ("uri", "creation_timestamp", "title", "description", "media_metadata", "thumbnail", "backup_uri", "cross_post_source", "dubbing_info",
     "media_variants")
)  # fmt: skip
ALONE = ""
_MISTAKES = (LookupError, TypeError, AttributeError, ValueError, OverflowError)  # of an item that is not as it should be
_THUMBNAIL = re.compile(rb'"thumbnail"\s*:\s*\{[^{}]*\}')
_URI = re.compile(rb'"uri"\s*:\s*"([^"]+)"')
_FOLDERS = frozenset(("messages", "posts"))
_OF_SHARES = frozenset(("link", "share_text", "original_content_owner", "profile_share_username", "profile_share_name"))
_ELSEWHERE = "the download has the address of the file alone"
_DAMAGED = re.compile("[\\x80-\\xff]")


@dataclass(frozen=True, slots=True)
class Part:
    """Files of one kind: `key` is the list in their outermost object, None where they are a list, ALONE where they are one item. `whole`:
    files that hold what these do, and more; what names the same files in both is read of those alone."""

    sort: str
    pattern: re.Pattern[str]
    key: str | None
    read: Reader
    whole: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the items of a piece share."""

    platform: str
    account: str | None
    member: str
    pointer: str

    def record(self, kind: str, at: float, text: str | None, *parts: str, **more: Any) -> Record:
        """`parts`: what else tells two items of the same second apart."""
        native = sha256(encode_canonical([kind, round(at * 1000), text or "", *parts]))[:32]
        name = f"{self.platform}:{MADE}{native}"
        told: dict[str, Any] = {"author_id": self.account, "author_is_account": True} | more
        root = {"root_id": name} if kind in ("post", "story") else {}
        published = datetime.fromtimestamp(at, UTC) if at else None  # 0 stands where they know no time
        return Record(
            record_id=name,
            kind=kind,
            native_id=f"{MADE}{native}",
            pointer=self.pointer,
            text=text,
            published_at=published,
            **root | told,
        )


def mended(value: Any) -> Any:
    """`value` with its text as it was written."""
    if isinstance(value, str):
        if _DAMAGED.search(value):
            try:
                return value.encode("latin-1").decode()
            except UnicodeError:
                return value  # it was never damaged
        return value
    if isinstance(value, list):
        return [mended(one) for one in value]
    return {mended(key): mended(one) for key, one in value.items()} if isinstance(value, dict) else value


def is_of(files: Files, parts: tuple[Part, ...], platform: str) -> bool:
    """Whether it has a part that only this platform's downloads have, or one in a folder with its name. Both have messages, in folders that
    are named after people, as the whole of a download is."""
    folder = re.compile(
        rf"(?:^|[/_]){platform}[-_/]"
    )  # facebook-district/, your_facebook_activity/, this_profile's_activity_across_facebook/
    return not files.alone and any(
        part.sort != "messages" or folder.search(name.partition("messages/")[0]) for name, part in members(files, parts)
    )


def members(files: Files, parts: tuple[Part, ...]) -> Iterator[tuple[str, Part]]:
    for name in files.names():
        yield from ((name, part) for part in parts if part.pattern.search(name))


def pieces(files: Files, parts: tuple[Part, ...], platform: str, within: str = "") -> Iterator[Piece | Reject]:
    """`within`: the folder that holds what is the platform's, where others' lies beside it."""
    top, moved = _top(files), _moved(files)
    taken = dict(members(files, parts))
    held = {whole: _held_in(whole, taken, files) for whole in {part.whole for part in taken.values() if part.whole}}
    for name, part in taken.items():
        if part.key == ALONE:
            context = {"member": name, "first": 1, "sort": part.sort, "folder": top, "moved": moved}
            yield Piece(b"[" + files.whole(name) + b"]", "application/json", f"{name}/1", context)
            continue
        with files.open(name) as file:
            but = held[part.whole] if part.whole else None
            yield from json_pieces(file, name, part.key, but, sort=part.sort, folder=top, moved=moved)
    yield from not_taken(files, taken, NO_WRITINGS, lambda part: is_of(part, parts, platform), within)


def _held_in(whole: re.Pattern[str], taken: Mapping[str, Part], files: Files) -> Callable[[bytes], bool] | None:
    """Whether all files that an item names stand in such items of `whole` as can be read; None where there is no such file."""
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


def _can_be_read(raw: bytes, part: Part) -> bool:
    try:
        list(part.read(mended(loads(raw)), Reading("", None, "", "")))
    except (*_MISTAKES, RecursionError):
        return False
    return True


def parse(exchange: Exchange, parts: tuple[Part, ...]) -> Iterator[Found]:
    tree, touched = tree_of(exchange)
    context = exchange.context
    read = next(part.read for part in parts if part.sort == context["sort"])
    for index, item in enumerate(tree):
        reading = Reading(context["platform"], context.get("account"), context["member"], f"/{index}")
        try:
            found = list(read(mended(item), reading))
        except _MISTAKES as problem:
            place = f"item {context['first'] + index} of {context['member']}"
            yield Reject(place, f"it is not what its file promises ({type(problem).__name__}: {problem})")
            continue
        for one in found:
            if isinstance(one, Record):
                one.repaired = id(item) in touched
                for media in one.media:
                    within = context.get("moved", {}).get((media.url or "").partition("/")[0], "")
                    media.url = media.url and f"{context['folder']}{within}{media.url}"
            yield one


def _top(files: Files) -> str:
    """What stands before the paths by which items name their files: the folder in which the whole archive lies, where there is one."""
    tops = {name.partition("/")[0] for name in files.names()}
    only = next(iter(tops)) if len(tops) == 1 else ""
    return f"{only}/" if only and not _OWN.match(only) else ""


def _moved(files: Files) -> dict[str, str]:
    """Folder -> the one in which it lies by now, where items name it as it lay before: `messages/` lies in `your_facebook_activity/`."""
    names = [name.removeprefix(_top(part)).split("/", 2) for part in (files, *files.beside) for name in part.names()]
    asked = _FOLDERS - {first for first, *_ in names}
    return {name[1]: f"{name[0]}/" for name in names if len(name) == 3 and name[1] in asked and "_activity" in name[0]}


def file(one: Mapping[str, Any], position: int) -> Media:
    """`{uri, creation_timestamp, title?, description?}`. Of what stood elsewhere on the web (a GIF, say) the `uri` is the address."""
    uri = one["uri"]
    about = one.get("description") or one.get("title") or None
    if "://" in uri:
        return Media(uri, kind_of(uri), None, about, position=position, missing_reason=_ELSEWHERE)
    return Media(uri, kind_of(uri), uri, about, position=position)


def files_of(items: Iterable[Mapping[str, Any]]) -> list[Media]:
    return [file(one, position) for position, one in enumerate(items, 1)]


def unread(of_files: Iterable[Mapping[str, Any]]) -> set[str]:
    """What is told of files that nobody decided about, as what others wrote beneath them."""
    return {f"media.{name}" for one in of_files for name, told in one.items() if name not in _OF_FILES and told not in (None, "", [], {})}


def together(*parts: str | None) -> str:
    """Words that stand in several places, each once."""
    return "\n\n".join(dict.fromkeys(filter(None, parts)))


def message(item: Item, reading: Reading) -> Iterator[Record]:
    """A private message, whoever wrote it. What somebody said once more stands apart, and is no part of its id, which was made without it
    first. Whose post, or which profile, it passes on is mentioned: the words of a post stand in its own."""
    thread = MESSAGES.search(reading.member)
    conversation = thread[1] if thread else reading.member
    kinds = ("photos", "videos", "audio_files", "gifs", "files")
    shown = [*chain.from_iterable(item.get(kind) or () for kind in kinds), *filter(None, (item.get("sticker"),))]
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
        mentions=[share[name] for name in ("original_content_owner", "profile_share_username") if share.get(name)],
        media=files_of(shown),
        leftover=tuple(sorted({*(item.keys() - _READ), *(f"share.{name}" for name in share.keys() - _OF_SHARES if share[name])})),
        status="removed" if item.get("is_unsent") else "visible",
        status_reason="is_unsent" if item.get("is_unsent") else None,
    )
    record.text = together(text, (item.get("bumped_message_metadata") or {}).get("bumped_message"))
    yield record
