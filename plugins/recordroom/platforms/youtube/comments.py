"""Comments, and threads of them, as records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from recordroom.model import BESIDE, HELD, HIDDEN, SPAM, VISIBLE, Exchange, Media, Record
from recordroom.platforms.answers import wrong
from recordroom.platforms.markup import read, text_of
from recordroom.platforms.shapes import Reading, when
from recordroom.platforms.youtube.fields import AUTHOR, COMMENT, COMMENT_SNIPPET, REPLIES, THREAD, THREAD_SNIPPET
from recordroom.platforms.youtube.parts import HASHTAG, addresses_in, by_us, mentions_in, snippet_of
from recordroom.platforms.youtube.platform import PUBLISHED, SERVER, VIDEO_ID, record_id

_MODERATION: dict[str | None, tuple[str, str | None, str | None]] = {
    None: (VISIBLE, None, None),
    PUBLISHED: (VISIBLE, None, None),
    "heldForReview": (HELD, None, "heldForReview: by a setting of the channel, or by YouTube; YouTube does not say which"),
    "likelySpam": (SPAM, "platform", "likelySpam: taken for spam by YouTube"),
    "rejected": (HIDDEN, None, "rejected: by a person, by a ban of its author, or by YouTube, which does not say which"),
}
SWITCHED_OFF = "commentsDisabled: on the whole video, by the channel or by YouTube"
_STAYS = {HELD: "heldForReview", SPAM: "likelySpam"}  # of which an answer by id says nothing
_OWN_PATHS = re.compile(r"/(?:results|hashtag/|channel/|user/|@)")


_Place = tuple[str, str | None, str | None]  # kind, parent, root


class Thread(NamedTuple):
    snippet: dict[str, Any]
    top: dict[str, Any]
    replies: list[Any]


def parts_of(item: dict[str, Any], reading: Reading, pointer: str) -> Thread:
    """Its snippet, the comment at its head, and the answers that it holds, which are not all."""
    reading.check(THREAD, item, pointer)
    snippet = reading.part(THREAD_SNIPPET, item, "snippet", pointer)
    return Thread(snippet, snippet["topLevelComment"], reading.part(REPLIES, item, "replies", pointer).get("comments", []))


def read_thread(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """A comment on a video, or on the channel itself, and some of the answers to it."""
    thread = parts_of(item, reading, pointer)
    about = thread.snippet.get("videoId") or thread.snippet.get("channelId")
    root, top = record_id(about) if about else None, f"{pointer}/snippet/topLevelComment"
    yield _said(thread.top, reading, top, ("comment", root, root), thread.snippet["totalReplyCount"])
    for number, reply in enumerate(thread.replies):
        yield _said(reply, reading, f"{pointer}/replies/comments/{number}", ("reply", record_id(item["id"]), root))


def read_comment(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """A comment of a list: what it answers is said by itself or by the request, on which video by the request only."""
    snippet, context = snippet_of(item, reading.exchange, pointer), reading.context
    parent, video = snippet.get("parentId"), snippet.get("videoId")
    root = context.get("root") or (record_id(video) if video else None)
    native, place = item["id"], ("reply", record_id(parent), root) if parent else ("comment", root, root)
    waits, off = (native in context.get(name, {}) for name in ("waits", "off"))
    yield _said(item, reading, pointer, tuple(context.get("places", {}).get(native, place)), waits=waits, off=off)


def _said(
    item: Any, reading: Reading, pointer: str, place: _Place, answered: int | None = None, *, waits: bool = False, off: bool = False
) -> Record:
    """`answered`: how many answers YouTube counts. `waits`: it was held or taken for spam when a list told of it, and is read by its id:
    there YouTube says nothing of that (https://developers.google.com/youtube/v3/docs/comments#snippet.moderationStatus, 2026-11-25).
    `off`: it is read by its id, and its video says that comments are switched off: nobody is shown it there."""
    exchange, (kind, parent, root) = reading.exchange, place
    reading.check(COMMENT, item, pointer)
    snippet = reading.part(COMMENT_SNIPPET, item, "snippet", pointer)
    author, name = reading.part(AUTHOR, snippet, "authorChannelId", f"{pointer}/snippet").get("value"), snippet.get("authorDisplayName")
    text, html, links = _words(snippet, exchange, root)
    published = when(snippet["publishedAt"], exchange, f"{pointer}/snippet/publishedAt")
    updated = when(snippet["updatedAt"], exchange, f"{pointer}/snippet/updatedAt")
    moderated, about, told_at = snippet.get("moderationStatus"), (root or "").partition(":")[2], f"{pointer}/snippet/moderationStatus"
    if waits and moderated is None:
        moderated, told_at = _STAYS[reading.context["waits"][item["id"]]], f"{BESIDE}/waits/{item['id']}"
    if moderated not in _MODERATION:
        raise wrong(exchange, told_at, " or ".join(filter(None, _MODERATION)), moderated)
    status, acted_by, reason = _MODERATION[moderated]
    if off and status == VISIBLE:
        status, reason, told_at = HIDDEN, SWITCHED_OFF, f"{BESIDE}/off/{item['id']}"
    counts = {"likes": snippet.get("likeCount"), "comments": answered}
    return Record(
        record_id=record_id(item["id"]),
        kind=kind,
        native_id=item["id"],
        pointer=pointer,
        parent_id=parent,
        root_id=root,
        url=f"https://www.youtube.com/watch?v={about}&lc={item['id']}" if len(about) == VIDEO_ID else None,
        author_id=author,
        author_name=name,
        author_handle=name[1:] if name and name.startswith("@") else None,
        author_is_account=by_us(author, reading),
        text=text,
        text_html=html,
        published_at=published,
        edited_at=updated if updated > published else None,
        valid_from=max(updated, published),
        status=status,
        acted_by=acted_by,
        status_reason=reason,
        status_at=None if status == VISIBLE else told_at,
        media=[Media(f"{item['id']}/{snippet['updatedAt']}", "image", snippet["imageUrl"])] if snippet.get("imageUrl") else [],
        links=links,
        mentions=mentions_in(text),
        tags=HASHTAG.findall(text) if "#" in text else [],
        counts={n: v for n, v in counts.items() if v is not None} or None,
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


def _words(snippet: dict[str, Any], exchange: Exchange, root: str | None) -> tuple[str, str | None, list[str]]:
    """(text, HTML, links). Asked for as plain text, a comment has neither HTML nor links but those that stand in its words."""
    shown, typed = snippet["textDisplay"], snippet.get("textOriginal")
    if "textFormat=plainText" in exchange.url:
        return typed if typed is not None else shown, None, addresses_in(shown)
    text = typed if typed is not None else text_of(shown)
    return text, shown, _outward(read(shown).links, root) if "<a" in shown else []


def _outward(links: Iterable[str], root: str | None) -> list[str]:
    """Links that an author wrote, without those that YouTube makes of names, hashtags and times in the same video. One that leads
    elsewhere may be signed anew at each reading: it is what it leads to."""
    found = dict[str, None]()
    for link in links:
        if "youtube.com/" not in link:
            found[link] = None
            continue
        try:
            parts = urlsplit(link)
            query, ours = parse_qs(parts.query), (parts.hostname or "").removeprefix("www.") == SERVER
        except ValueError:
            parts, query, ours = urlsplit(""), {}, False
        if ours and (_OWN_PATHS.match(parts.path) or (parts.path == "/watch" and root == record_id(query.get("v", [""])[0]))):
            continue
        found[query.get("q", [link])[0] if ours and parts.path == "/redirect" else link] = None
    return list(found)
