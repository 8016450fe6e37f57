"""A Mastodon archive: outbox.json, actor.json, and the account's media.

It comes from `Preferences > Import and export > Request your archive`. The form is ActivityPub as Mastodon
writes it (https://docs.joinmastodon.org/user/moving/#export, https://docs.joinmastodon.org/spec/activitypub/,
app/services/backup_service.rb): a ZIP archive, before version 4.2 a tar.gz. An activity has no ids of the API
as such, but its addresses contain them, and an attachment's path contains the attachment's.

It never has: what others wrote, counts, earlier texts, the post that a boost shares (its address only). The
profile, favorites, and bookmarks in the archive are not imported: they are no writings, or captures have
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from recordroom.errors import ImportRefused, UnexpectedResponse
from recordroom.imports.contract import About, Form, Found, ImportPiece, Passed, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.leftover_files import list_unread
from recordroom.imports.split import Item, elements, json_pieces
from recordroom.model import Exchange, Media, Record, loads
from recordroom.platforms.html_text import ignore_fields, read_html
from recordroom.platforms.schema import load_tree, read_time
from recordroom.register.models import Account

FORM = Form(
    "outbox",
    "Mastodon archive",
    parser=1,
    says=frozenset(("text", "title", "author_id", "visibility", "media")),
    platforms=("mastodon",),
)
PUBLIC = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")
_NO_WRITINGS = re.compile(r"(?:^|/)(?:actor|likes|bookmarks)\.json$|(?:^|/)media_attachments/")
_STATUS = re.compile(r"/statuses/(\d+)(?:/activity)?$")
_FILE = re.compile(r"media_attachments/files/((?:\d+/)+)original/")
_KINDS = {"image": "image", "video": "video", "audio": "audio"}
_READ = {"id", "type", "summary", "inReplyTo", "published", "updated", "url", "attributedTo", "to", "cc",
         "conversation", "content",
         "contentMap", "attachment", "tag", "oneOf", "anyOf"}  # fmt: skip
_IGNORED = (
    ignore_fields("another form of what is read", "atomUri inReplyToAtomUri context")
    | ignore_fields("a setting", "sensitive interactionPolicy")
    | (
        ignore_fields("counted or listed elsewhere", "replies likes shares votersCount")
        | ignore_fields("of a poll", "endTime closed")
        | ignore_fields("what it quotes, by its address", "quote quoteUri _misskey_quote quoteAuthorization")
    )
)


def recognize(files: ImportFiles) -> bool:
    return bool(files.find("outbox.json"))


def about(files: ImportFiles) -> About:
    actor = _actor(files)
    return About(handle=actor["preferredUsername"], server=urlsplit(actor["id"]).netloc)


def pieces(files: ImportFiles, account: Account, mapping: None) -> Iterator[ImportPiece | Reject]:  # noqa: ARG001
    actor, [member, *_] = _actor(files), files.find("outbox.json")
    told = {
        "actor": actor["id"],
        "handle": actor["preferredUsername"],
        "name": actor.get("name"),
        "server": urlsplit(actor["id"]).netloc,
    }
    if account.identity:
        told["server"] = account.identity.server
    with files.open(member) as file:
        threads = _threads(elements(file, "orderedItems", member), actor["id"])
    with files.open(member) as file:
        for piece in json_pieces(file, member, "orderedItems", **told):
            yield piece if isinstance(piece, Reject) else _placed(piece, threads)
    yield from list_unread(files, [member], _NO_WRITINGS, recognize)


def parse(exchange: Exchange) -> Iterator[Found]:
    tree, touched = load_tree(exchange)
    first, member = exchange.context["first"], exchange.context["member"]
    for index, item in enumerate(tree):
        try:
            found = _activity(item, exchange, f"/{index}")
        except (KeyError, TypeError, AttributeError, ValueError, UnexpectedResponse) as problem:
            yield Reject(
                f"item {first + index} of {member}",
                f"it is not an activity of Mastodon ({type(problem).__name__}: {problem})",
            )
            continue
        if isinstance(found, Record):
            found.repaired = id(item) in touched
        yield found


@dataclass(slots=True)
class _Threads:
    """The root posts of the account's conversations, which replies do not name."""

    # conversation -> number of the account's status that began it
    roots: dict[str, str] = field(default_factory=dict)


def _threads(items: Iterator[Item | Reject], actor: str) -> _Threads:
    threads = _Threads()
    for item in items:
        try:
            note = loads(item.raw)["object"] if isinstance(item, Item) else None
        except (ValueError, RecursionError, KeyError, TypeError):
            continue
        if isinstance(note, dict) and note.get("inReplyTo") is None and note.get("attributedTo") == actor:
            number = _STATUS.search(str(note.get("id")))
            if number and isinstance(note.get("conversation"), str):
                threads.roots[note["conversation"]] = number[1]
    return threads


def _placed(piece: ImportPiece, threads: _Threads) -> ImportPiece:
    """Add the root posts of the conversations to which the piece's replies belong."""
    try:
        notes = [item.get("object") for item in loads(piece.body) if isinstance(item, dict)]
    except (ValueError, RecursionError):  # parse reports it
        return piece
    named = [n.get("conversation") for n in notes if isinstance(n, dict) and n.get("inReplyTo")]
    roots = {name: threads.roots[name] for name in named if isinstance(name, str) and name in threads.roots}
    return ImportPiece(piece.body, piece.content_type, piece.place, {**piece.context, "roots": roots})


def _activity(item: dict[str, Any], exchange: Exchange, pointer: str) -> Record | Passed:
    context, kind = exchange.context, item["type"]
    if kind not in ("Create", "Announce"):
        return Passed(f"an activity of type {kind}")
    number = _STATUS.search(item["id"])
    if number is None:
        raise ValueError(f"its ID {item['id']!r} does not name a status")
    name = f"mastodon:{context['server']}/statuses/{number[1]}"
    record = Record(
        record_id=name,
        kind="post",
        native_id=number[1],
        pointer=pointer,
        root_id=name,
        author_id=context.get("account"),
        author_name=context["name"] or None,
        author_handle=context["handle"],
        author_is_account=True,
        published_at=read_time(item["published"], exchange, f"{pointer}/published"),
        visibility=_visibility(item),
    )
    if kind == "Announce":
        # a boost of the account's own status for followers contains the status; others, an address
        spread = item["object"]
        record.shared_id, record.url = (
            spread["id"] if isinstance(spread, dict) else spread,
            item["id"].removesuffix("/activity"),
        )
    else:
        _note(record, item["object"], exchange, pointer)
    if record.visibility == "direct":
        record.kind = "message"
    return record


def _note(record: Record, note: dict[str, Any], exchange: Exchange, pointer: str) -> None:
    tags = [tag for tag in note.get("tag") or [] if isinstance(tag, dict)]
    html = note.get("content") or ""
    found = read_html(html)
    named = {tag.get("href") for tag in tags if tag.get("type") in ("Mention", "Hashtag")}
    options = [option["name"] for option in note.get("oneOf") or note.get("anyOf") or []]
    record.text = "\n\n".join(part for part in (found.text, "\n".join(options)) if part)
    record.text_html, record.title, record.url = (
        html,
        note.get("summary") or None,
        note.get("url") or note["id"],
    )
    record.language = next(iter(note.get("contentMap") or {}), None)
    record.links = [link for link in found.links if link not in named]
    record.mentions = [tag["name"].removeprefix("@") for tag in tags if tag.get("type") == "Mention"]
    record.tags = [tag["name"].removeprefix("#") for tag in tags if tag.get("type") == "Hashtag"]
    record.shared_id = note.get("quote") or note.get("quoteUri")
    record.media = [_media(one, place) for place, one in enumerate(note.get("attachment") or [], 1)]
    record.edited_at = (
        read_time(note["updated"], exchange, f"{pointer}/object/updated") if note.get("updated") else None
    )
    record.leftover = tuple(f"object.{key}" for key in sorted(note.keys() - _READ - _IGNORED.keys()))
    if note.get("inReplyTo"):
        _answer(record, note, exchange)


def _answer(record: Record, note: dict[str, Any], exchange: Exchange) -> None:
    """Place a reply.

    In a conversation of the account it is a comment or a reply; in any other a post. Only a parent of the
    account has a record ID: an address names a status by the id of its own server.
    """
    context, server = exchange.context, exchange.context["server"]
    root = context["roots"].get(note.get("conversation"))
    own = note["inReplyTo"].startswith(f"{context['actor']}/statuses/")
    answered = _STATUS.search(note["inReplyTo"]) if own else None
    record.parent_id = f"mastodon:{server}/statuses/{answered[1]}" if answered else None
    record.root_id = f"mastodon:{server}/statuses/{root}" if root else None
    if root:
        record.kind = "comment" if record.parent_id == record.root_id else "reply"


def _visibility(item: dict[str, Any]) -> str:
    to, copies = _list(item.get("to")), _list(item.get("cc"))
    if any(name in to for name in PUBLIC):
        return "public"
    if any(name in copies for name in PUBLIC):
        return "unlisted"
    return "private" if any(str(name).endswith("/followers") for name in to) else "direct"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _media(one: dict[str, Any], position: int) -> Media:
    """Read an attachment.

    The path contains the attachment's id in groups of three digits. Before it there may be the server's
    bucket for files.
    """
    path = one["url"].removeprefix("/").removeprefix("system/")
    path = path[max(path.find("media_attachments/"), 0) :]
    parts = _FILE.search(path)
    identity = str(int(parts[1].replace("/", ""))) if parts else path
    kind = _KINDS.get(str(one.get("mediaType")).partition("/")[0], "document")
    width, height = (size if type(size) is int else None for size in (one.get("width"), one.get("height")))
    return Media(identity, kind, path, one.get("name") or None, width, height, position=position)


def _actor(files: ImportFiles) -> dict[str, Any]:
    for name in files.find("actor.json"):
        found = files.json(name)
        if (
            isinstance(found, dict)
            and isinstance(found.get("id"), str)
            and isinstance(found.get("preferredUsername"), str)
        ):
            return found
    raise ImportRefused(
        f"{files.name} has an outbox, but no actor.json that names its account",
        "Use the archive as Mastodon gives it.",
    )
