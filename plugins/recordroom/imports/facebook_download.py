"""A Facebook download in JSON (`Download your information`, of a Page or a person): posts, comments, messages, and their media.

imports/meta_download.py says what it has in common with Instagram's. It never has: what others wrote, but messages; ids; counts; which post
a comment answers (its title names the other's).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from recordroom.accounts import Account
from recordroom.imports import About, Form, Found, Passed, Piece, Reject, meta_download
from recordroom.imports.files import Files
from recordroom.imports.meta_download import MESSAGES, Item, Part, Reading
from recordroom.model import Exchange, Record

FORM = Form("facebookdownload", "Facebook download", parser=2, says=frozenset(("text",)), platforms=("facebook",))


_WORDED = ("text", "name", "note", "poll", "event", "life_event", "for_sale_item", "fundraiser", "group")
_READ = frozenset(("media", "place", "external_context", *_WORDED))


def recognize(files: Files) -> bool:
    return any("facebook" in name or part.sort == "comments" for name, part in meta_download.members(files, PARTS)) and not files.alone


def about(files: Files) -> About:  # noqa: ARG001 (it has names of people, and nothing that could be compared)
    return About()


def pieces(files: Files, account: Account, mapping: None) -> Iterator[Piece | Reject]:  # noqa: ARG001 (one contract for all)
    return meta_download.pieces(files, PARTS)


def parse(exchange: Exchange) -> Iterator[Found]:
    return meta_download.parse(exchange, PARTS)


def _post(item: Item, reading: Reading) -> Iterator[Record | Passed]:
    said = [one["post"] for one in item.get("data") or () if one.get("post")]
    shown = list(chain.from_iterable(one.get("data") or () for one in item.get("attachments") or ()))
    links = _links(shown)
    media = meta_download.files_of([one["media"] for one in shown if one.get("media")])
    more = [words for one in shown for words in _words(one)]
    if not (said or links or media or more):
        yield Passed(f"a post without words, links and files ({_event(item)})")
        return
    edited = next((one["update_timestamp"] for one in item.get("data") or () if one.get("update_timestamp")), None)
    places = [one["place"]["name"] for one in shown if (one.get("place") or {}).get("name")]
    told = "\n\n".join(said if said or links or media else more) or None  # an id is made as it was before the other words were read
    record = reading.record("post", item["timestamp"], told, *(m.identity for m in media), *links)
    record.text = meta_download.together(*said, *more) or None
    record.leftover = _unread(item, shown, "post")
    record.links, record.media, record.mentions = links, media, places
    if edited:
        record.edited_at = reading.record("post", edited, None).published_at
    yield record


def _links(shown: list[Item]) -> list[str]:
    return [one["external_context"]["url"] for one in shown if (one.get("external_context") or {}).get("url")]


def _words(shown: Item) -> Iterator[str]:
    """What a note, a poll, an event or anything else that is attached says."""
    for name in _WORDED:
        told = shown.get(name)
        if isinstance(told, str):
            yield told
        elif isinstance(told, dict):
            yield from (told[part] for part in ("title", "name", "question", "text", "description") if isinstance(told.get(part), str))
            options = [one.get("option") for one in told.get("options") or () if isinstance(one, dict)]
            yield from (option for option in options if isinstance(option, str))


def _unread(item: Item, shown: list[Item], kind: str) -> tuple[str, ...]:
    own = {f"data.{name}" for one in item.get("data") or () for name in one.keys() - {kind, "update_timestamp", "backdated_timestamp"}}
    return tuple(sorted(own | {f"attachments.data.{name}" for one in shown for name in one.keys() - _READ}))


def _event(item: Mapping[str, Any]) -> str:
    """`updated their status`, without the name in front of it."""
    return " ".join(str(item.get("title") or "no title").rstrip(".").split()[-3:])


def _comment(item: Item, reading: Reading) -> Iterator[Record | Passed]:
    told = [one["comment"] for one in item.get("data") or () if one.get("comment")]
    shown = list(chain.from_iterable(one.get("data") or () for one in item.get("attachments") or ()))
    media = meta_download.files_of([one["media"] for one in shown if one.get("media")])
    text = "\n\n".join(one["comment"] for one in told if one.get("comment"))
    if not (text or media or _links(shown)):
        yield Passed("a comment without words, links and files")
        return
    names = [one["author"] for one in told if one.get("author")]
    record = reading.record("comment", item["timestamp"], text, item.get("title") or "", *(m.identity for m in media))
    record.author_name, record.title, record.media = next(iter(names), None), item.get("title"), media
    record.links = _links(shown)
    record.leftover = _unread(item, shown, "comment")
    yield record


PARTS = (
    Part("posts", re.compile(r"(?:^|/)posts/(?:your_posts|profile_posts|page_posts|your_uncategorized_posts)[^/]*\.json$"), None, _post),
    Part("comments", re.compile(r"(?:^|/)comments_and_reactions/comments\.json$|(?:^|/)comments/comments\.json$"), "comments_v2", _comment),
    Part("messages", MESSAGES, "messages", meta_download.message),
)
