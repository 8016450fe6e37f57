"""Records of Mastodon: statuses, boosts, the states of an edited one, private mentions, the profile, and whom
the account keeps away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from recordroom.model import Exchange, Media, Record, moment
from recordroom.platforms.html_text import read
from recordroom.platforms.http import failure, wrong
from recordroom.platforms.mastodon import inbox
from recordroom.platforms.mastodon.content import View, content_in, each
from recordroom.platforms.mastodon.statuses import (
    ACCOUNT,
    CONTEXT,
    PROFILE,
    STATUS_URL,
    VIEWER,
    WALKED,
    Place,
    claimed,
    place_within,
    statuses_of,
    text_of,
    words_of,
)
from recordroom.platforms.schema import ITEM, LIST, NULL, NUMBER, TEXT, Shape, content_of, tree_of, when

EDIT = Shape(
    {"content": TEXT, "spoiler_text": TEXT, "created_at": TEXT, "account": ITEM, "media_attachments": LIST}
    | {"poll": ITEM | NULL, "quote": ITEM | NULL},
    {"sensitive": "how the picture is first shown", "emojis": "the shortcode stays in the text"},
)
STATUS = Shape(
    dict(WALKED.fields)
    | {"content": TEXT, "spoiler_text": TEXT, "quote": ITEM | NULL, "poll": ITEM | NULL}
    | {
        "media_attachments": LIST,
        "mentions": LIST,
        "tags": LIST,
        "reblogs_count": NUMBER,
        "favourites_count": NUMBER,
    },
    dict.fromkeys(("favourited", "reblogged", "muted", "bookmarked", "filtered"), VIEWER)
    | dict.fromkeys(("sensitive", "emojis", "pinned"), "how the post is shown; shortcodes stay in the text")
    | dict.fromkeys(
        ("application", "quote_approval", "quotes_count", "tagged_collections"), "no part of the post"
    )
    | {
        "card": (
            "made by the server some time after the post, from a link that stands in the text: its arrival is"
            " no edit"
        )
    }
    | {"text": "the source, given only to who deletes it", "local_only": "of the fork glitch-soc"},
)
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
FIELD = Shape(
    {"name": TEXT, "value": TEXT}, {"verified_at": "checked by the instance, no words of the account"}
)


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a profile, a status, a list of statuses, a context, or a history (told apart by their
    shapes).
    """
    if not {"messages_refused", "not_given"}.isdisjoint(exchange.context):
        return
    if problem := failure(exchange, words=words_of(exchange)):
        raise problem
    body, touched = tree_of(exchange)
    context = exchange.context
    since = moment(context["since"]) if "since" in context else None
    view = View(exchange, context.get("account"), context.get("server", "unknown"), touched, since)
    if which := inbox.list_of(exchange, body):
        yield inbox.moderation_of(context.get("lists") or {which: body}, view.server, exchange)
    elif isinstance(body, list):
        yield from _list(body, view)
    elif isinstance(body, dict) and "descendants" in body:
        yield from (
            _said(body, view, context["messages"]) if "messages" in context else _conversation(body, view)
        )
    elif isinstance(body, dict) and "content" in body:
        yield from _listed(body, view, "")
    elif isinstance(body, dict) and "acct" in body:
        yield _profile(body, view)
    else:
        raise wrong(exchange, "", "a status, an account, a context, or a list of statuses", body)


def _list(body: list[Any], view: View) -> Iterator[Record]:
    first = body[0] if body and isinstance(body[0], dict) else {}
    if inbox.is_conversation(first):
        yield from _last_said(body, view)
    elif "id" not in first and "content" in first:
        yield from _history(body, view)
    else:
        for i, item in enumerate(body):
            yield from _listed(item, view, f"/{i}")


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:
    """A body without its request: its server is told by an account whose `acct` has no domain, since that is
    one of its own.
    """
    bare = Exchange("GET", url or "", 200, (), body)
    found = server or urlsplit(url or "").netloc or _home(content_of(bare)) or "unknown"
    return replace(bare, context={"server": found})


def _home(value: Any) -> str | None:
    if (
        isinstance(value, dict)
        and isinstance(value.get("acct"), str)
        and "@" not in value["acct"]
        and isinstance(value.get("url"), str)
    ):
        return urlsplit(value["url"]).netloc or None
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((host for part in inner if isinstance(part, dict | list) and (host := _home(part))), None)


def _listed(item: Any, view: View, pointer: str) -> Iterator[Record]:
    """A status of a list: where it answers something, its place must be known, else another exchange brings
    it (see the top).
    """
    left = STATUS.check(item, view.exchange, pointer)
    place: Place | None = view.exchange.context.get("places", {}).get(str(item["id"]))
    if place is None and item.get("in_reply_to_id") is None:
        place = ("post", None, view.record_id(item["id"]))
    elif place is None and view.me is None:  # a saved body
        place = ("comment", view.record_id(item["in_reply_to_id"]), None)
    if place is not None:
        yield from _status(item, view, pointer, place, left)


def _last_said(body: list[Any], view: View) -> Iterator[Record]:
    """Of a page of conversations, those whose place `fetch` has found out."""
    places = view.exchange.context.get("places")
    for pointer, item in inbox.last_of(view.exchange, body):
        left = STATUS.check(item, view.exchange, pointer)
        native, parent = view.record_id(item["id"]), item.get("in_reply_to_id")
        place: Place = (
            "message",
            view.record_id(parent) if parent is not None else None,
            native if parent is None else None,
        )
        if places is None or str(item["id"]) in places:
            yield from _status(item, view, pointer, (places or {}).get(str(item["id"]), place), left)


def _said(body: dict[str, Any], view: View, root: str) -> Iterator[Record]:
    """What is private in a conversation. All else in it is read where it belongs."""
    CONTEXT.check(body, view.exchange, "")
    for where in ("ancestors", "descendants"):
        for i, item in enumerate(body.get(where) or ()):
            left = STATUS.check(item, view.exchange, f"/{where}/{i}")
            parent = item.get("in_reply_to_id")
            if item["visibility"] == inbox.DIRECT:
                place = ("message", None if parent is None else view.record_id(parent), root)
                yield from _status(item, view, f"/{where}/{i}", place, left)


def _conversation(body: dict[str, Any], view: View) -> Iterator[Record]:
    left = CONTEXT.check(body, view.exchange, "")
    context = view.exchange.context
    if "status" not in context:
        context = _asked(body, view)
    for i, item in enumerate(body["descendants"]):
        left += STATUS.check(item, view.exchange, f"/descendants/{i}")
        ACCOUNT.check(item["account"], view.exchange, f"/descendants/{i}/account")
        yield from _status(item, view, f"/descendants/{i}", place_within(item, context, view.record_id), left)
        left = ()


def _asked(body: dict[str, Any], view: View) -> dict[str, Any]:
    """What a saved context was asked for: the status in its address, else what the first answers answer;
    those above it tell its place.
    """
    above = statuses_of(view.exchange, body.get("ancestors") or [], "/ancestors")
    below = statuses_of(view.exchange, body["descendants"], "/descendants")
    in_url = STATUS_URL.search(urlsplit(view.exchange.url).path)
    shown = {str(item["id"]) for item in below}
    answered = {
        p: text_of(i.get("in_reply_to_account_id"))
        for i in below
        if (p := text_of(i.get("in_reply_to_id"))) and p not in shown
    }
    status = in_url[1] if in_url else next(iter(answered), "")
    author = str(above[0]["account"]["id"]) if above else answered.get(status)
    top = (str(above[0]["id"]) if above[0].get("in_reply_to_id") is None else None) if above else status
    kind = ("post", "comment")[len(above)] if len(above) < 2 and top else "reply"
    own = author == view.me or None in (author, view.me)
    return {
        "status": status,
        "kind": kind,
        "own": own,
        "account": view.me,
        "root": view.record_id(top) if top else None,
    }


def _status(
    item: dict[str, Any], view: View, pointer: str, place: Place, left: tuple[str, ...]
) -> Iterator[Record]:
    """A boost is a publication of ours, with the words and pictures that it spreads."""
    exchange, author, inner, inside = view.exchange, item["account"], item, pointer
    left += ACCOUNT.check(author, exchange, f"{pointer}/account", "account")
    if item.get("reblog") is not None:
        inner, inside = item["reblog"], f"{pointer}/reblog"
        left += STATUS.check(inner, exchange, inside, "reblog") + ACCOUNT.check(
            inner["account"], exchange, f"{inside}/account", "reblog.account"
        )
    content = content_in(inner, view, inside)
    by, visibility, mentioned = (
        str(author["id"]),
        item["visibility"],
        {m["acct"]: str(m["id"]) for m in inner["mentions"]},
    )
    if visibility == "direct" and view.me not in (None, by, *mentioned.values()):
        return  # a message between others, which the token's owner may see
    published = claimed(item["created_at"], exchange, f"{pointer}/created_at")
    edited = (
        None
        if inner.get("edited_at") is None
        else claimed(inner["edited_at"], exchange, f"{inside}/edited_at")
    )
    left += () if published else ("created_at: no date",)
    left += ("edited_at: no date",) if edited is None and inner.get("edited_at") is not None else ()
    if edited is not None and published is not None and edited < published:
        edited = None  # what is boosted was edited before
    counts = {
        "likes": item["favourites_count"],
        "shares": item["reblogs_count"],
        "comments": item["replies_count"],
    }
    if kind_of_notice := exchange.context.get("types", {}).get(str(item["id"])):
        left += (f"notification.type.{kind_of_notice}",)
    alone = (
        place[0] == "comment" and place[1] is None
    )  # it only names the account: what answers it is not read
    if (
        alone
        or exchange.context.get("apart")
        or (view.since is not None and published is not None and published < view.since)
    ):
        del counts["comments"]
    yield Record(
        record_id=view.record_id(item["id"]),
        kind="message" if visibility == "direct" else place[0],
        native_id=str(item["id"]),
        pointer=pointer,
        parent_id=place[1],
        root_id=place[2],
        url=item.get("url") or item["uri"],
        author_id=by,
        author_name=author["display_name"] or None,
        author_handle=author["acct"],
        author_is_account=None if view.me is None else by == view.me,
        text=content.text,
        text_html=inner["content"],
        title=inner["spoiler_text"] or None,
        language=inner.get("language"),
        published_at=published,
        edited_at=edited,
        valid_from=edited or published,
        visibility=visibility,
        media=content.media,
        links=content.links,
        mentions=[*mentioned] if inner is item else [*mentioned, inner["account"]["acct"]],
        tags=[tag["name"] for tag in inner["tags"]],
        shared_id=content.quoted if inner is item else view.record_id(inner["id"]),
        counts=counts if inner is item else None,  # the likes of a boost are those of what it spreads
        tally="own" if by == view.me and visibility != "direct" else None,
        repaired=id(item) in view.touched,
        leftover=left + content.left if left or content.left else (),
    )


def _history(entries: list[Any], view: View) -> Iterator[Record]:
    """The first entry is the original; the last is the present state, which the core knows by its content and
    valid_from. One that claims no time that there is stood there from that of the entry before it on, for all
    that is known; the present state then tells nothing."""
    exchange, context = view.exchange, view.exchange.context
    asked = STATUS_URL.search(urlsplit(exchange.url).path)
    native = context.get("status") or (asked[1] if asked else None)
    if native is None:
        raise wrong(
            exchange,
            "",
            "asked for at /api/v1/statuses/<id>/history (a history does not say whose it is)",
            exchange.url,
        )
    kind, parent, root = context.get("place", ("post", None, view.record_id(native)))
    published, since = None, _BEFORE_ALL
    for i, entry in enumerate(entries):
        left = EDIT.check(entry, exchange, f"/{i}") + ACCOUNT.check(
            entry["account"], exchange, f"/{i}/account", "account"
        )
        at = claimed(entry["created_at"], exchange, f"/{i}/created_at")
        if at is None and i == len(entries) - 1:
            return
        left += () if at else ("created_at: no date",)
        published, since = (at if i == 0 else published), at or since
        content, by = content_in(entry, view, f"/{i}"), str(entry["account"]["id"])
        yield Record(
            record_id=view.record_id(native),
            kind="message" if context.get("visibility") == "direct" else kind,
            native_id=native,
            pointer=f"/{i}",
            parent_id=parent,
            root_id=root,
            url=context.get("url"),
            author_id=by,
            author_name=entry["account"]["display_name"] or None,
            author_handle=entry["account"]["acct"],
            author_is_account=None if view.me is None else by == view.me,
            text=content.text,
            text_html=entry["content"],
            title=entry["spoiler_text"] or None,
            language=context.get("language"),
            published_at=published,
            edited_at=at if i else None,
            valid_from=since,
            visibility=context.get("visibility"),
            media=content.media,
            links=content.links,
            shared_id=content.quoted,
            repaired=id(entry) in view.touched,
            historical=True,
            leftover=left + content.left,
        )


def _profile(item: dict[str, Any], view: View) -> Record:
    """Description and fields are its text; the account to which it moved is a link; avatar and header are
    media.
    """
    exchange, native = view.exchange, str(item.get("id"))
    left = ACCOUNT.check(item, exchange, "")
    PROFILE.check(item, exchange, "")
    left += each(FIELD, item["fields"], exchange, "/fields", "fields")
    note, fields = read(item["note"]), [(f["name"], read(f["value"])) for f in item["fields"]]
    links = note.links + [link for _, value in fields for link in value.links]
    if item.get("moved") is not None:
        left += ACCOUNT.check(item["moved"], exchange, "/moved", "moved")
        links.append(item["moved"].get("url") or item["moved"]["acct"])
    pictures = [(item.get(name), item.get(f"{name}_description")) for name in ("avatar", "header")]
    return Record(
        record_id=f"mastodon:{view.server}/accounts/{native}",
        kind="profile",
        native_id=native,
        pointer="",
        url=item.get("url"),
        author_id=native,
        author_name=item["display_name"] or None,
        author_handle=item["acct"],
        author_is_account=None if view.me is None else native == view.me,
        text="\n\n".join(
            filter(None, (note.text, "\n".join(f"{name}: {value.text}" for name, value in fields)))
        ),
        text_html=item["note"],
        title=item["display_name"] or None,
        published_at=when(item["created_at"], exchange, "/created_at"),
        visibility="limited" if item.get("limited") else None,
        media=[
            Media(_path(url, exchange), "image", url, alt or None, position=at + 1)
            for at, (url, alt) in enumerate(pictures)
            if url and not url.endswith("/missing.png")
        ],
        links=list(dict.fromkeys(links)),
        repaired=id(item) in view.touched,
        leftover=left,
    )


def _path(url: str, exchange: Exchange) -> str:
    """A picture of a profile has no id, but a new path with each change; its host may move."""
    try:
        return urlsplit(url).path
    except ValueError:
        raise wrong(exchange, "/avatar", "an address", url) from None
