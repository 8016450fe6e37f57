"""The records in a response of Mastodon.

The list of an account's statuses cannot say whose conversation a reply belongs to. `parse` leaves such a
reply to the response that can: the context of the account's post, or a request by ID once the crawl has
climbed to the top of the conversation (lineage.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from msgspec import structs

from recordroom.model import Exchange, Media, Record, moment
from recordroom.platforms.html_text import read_html
from recordroom.platforms.http import find_failure, unexpected_field
from recordroom.platforms.mastodon.blocks import list_in, moderation_record
from recordroom.platforms.mastodon.content import Content, View, check_each, read_content
from recordroom.platforms.mastodon.schema import (
    ACCOUNT,
    CONTEXT,
    DIRECT,
    EDIT,
    FIELD,
    PROFILE,
    STATUS,
    MastodonContext,
    Place,
    context_of,
    error_in,
)
from recordroom.platforms.mastodon.statuses import (
    check_statuses,
    claimed_time,
    last_statuses,
    place_within,
    text_of,
)
from recordroom.platforms.schema import load_content, load_tree, read_time

_STATUS_URL = re.compile(r"/(?:statuses|@[^/]+)/(\d+)(?:/|$)")
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def parse(exchange: Exchange) -> Iterator[Record]:
    """Read the records of a response.

    Its shape shows what it is: a profile, a status, a list of statuses, a context, a history, or a list of
    blocks. There is no record in a response that only says that something is not given.
    """
    context = context_of(exchange)
    if not {"messages_refused", "not_given"}.isdisjoint(context):
        return
    if problem := find_failure(exchange, words=error_in(exchange)):
        raise problem
    body, touched = load_tree(exchange)
    since = moment(context["since"]) if "since" in context else None
    view = View(exchange, context, context.get("account"), context.get("server", "unknown"), touched, since)
    if name := list_in(exchange, body):
        yield moderation_record(context.get("lists") or {name: body}, view.server, exchange)
    elif isinstance(body, list):
        yield from _read_list(body, view)
    elif isinstance(body, dict) and "descendants" in body:
        private = "messages" in context
        yield from _read_private_conversation(body, view) if private else _read_conversation(body, view)
    elif isinstance(body, dict) and "content" in body:
        yield from _read_listed(body, view, "")
    elif isinstance(body, dict) and "acct" in body:
        yield _read_profile(body, view)
    else:
        raise unexpected_field(exchange, "", "a status, an account, a context, or a list of statuses", body)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:
    """Return the exchange of a body without its request.

    An account whose `acct` has no domain belongs to the server that sent the body, and names it.
    """
    bare = Exchange("GET", url or "", 200, (), body)
    found = server or urlsplit(url or "").netloc or _own_host(load_content(bare)) or "unknown"
    return replace(bare, context={"server": found})


def _read_list(body: list[Any], view: View) -> Iterator[Record]:
    first = body[0] if body and isinstance(body[0], dict) else {}
    if "last_status" in first:
        yield from _read_last_statuses(body, view)
    elif "id" not in first and "content" in first:
        yield from _read_history(body, view)
    else:
        for i, item in enumerate(body):
            yield from _read_listed(item, view, f"/{i}")


def _own_host(value: Any) -> str | None:
    """Return the host of the first account in a value whose `acct` has no domain."""
    if (
        isinstance(value, dict)
        and isinstance(value.get("acct"), str)
        and "@" not in value["acct"]
        and isinstance(value.get("url"), str)
    ):
        return urlsplit(value["url"]).netloc or None
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((host for part in inner if isinstance(part, dict | list) and (host := _own_host(part))), None)


def _read_listed(item: Any, view: View, pointer: str) -> Iterator[Record]:
    """Read a status of a list; a reply without a place is left to another response."""
    left = STATUS.check(item, view.exchange, pointer)
    place: Place | None = view.context.get("places", {}).get(str(item["id"]))
    if place is None and item.get("in_reply_to_id") is None:
        place = ("post", None, view.record_id(item["id"]))
    elif place is None and view.me is None:  # a saved body
        place = ("comment", view.record_id(item["in_reply_to_id"]), None)
    if place is not None:
        yield from _read_status(item, view, pointer, place, left)


def _read_last_statuses(body: list[Any], view: View) -> Iterator[Record]:
    """Read the last statuses of private conversations, where their places are known."""
    places = view.context.get("places")
    for pointer, item in last_statuses(view.exchange, body):
        left = STATUS.check(item, view.exchange, pointer)
        native, parent = view.record_id(item["id"]), item.get("in_reply_to_id")
        place: Place = (
            "message",
            view.record_id(parent) if parent is not None else None,
            native if parent is None else None,
        )
        if places is None or str(item["id"]) in places:
            yield from _read_status(item, view, pointer, (places or {}).get(str(item["id"]), place), left)


def _read_private_conversation(body: dict[str, Any], view: View) -> Iterator[Record]:
    """Read the private mentions of a conversation. Others are read where they belong."""
    CONTEXT.check(body, view.exchange, "")
    for where in ("ancestors", "descendants"):
        for i, item in enumerate(body.get(where) or ()):
            left = STATUS.check(item, view.exchange, f"/{where}/{i}")
            parent = item.get("in_reply_to_id")
            if item["visibility"] == DIRECT:
                place = (
                    "message",
                    None if parent is None else view.record_id(parent),
                    view.context["messages"],
                )
                yield from _read_status(item, view, f"/{where}/{i}", place, left)


def _read_conversation(body: dict[str, Any], view: View) -> Iterator[Record]:
    left = CONTEXT.check(body, view.exchange, "")
    context = view.context if "status" in view.context else _infer_request(body, view)
    for i, item in enumerate(body["descendants"]):
        left += STATUS.check(item, view.exchange, f"/descendants/{i}")
        ACCOUNT.check(item["account"], view.exchange, f"/descendants/{i}/account")
        place = place_within(item, context, view.record_id)
        yield from _read_status(item, view, f"/descendants/{i}", place, left)
        left = ()


def _infer_request(body: dict[str, Any], view: View) -> MastodonContext:
    """Return the context of a saved body: which status was requested, and its place.

    The address names the status; without an address it is the one to which the first statuses below reply.
    The statuses above it show its place.
    """
    above = check_statuses(view.exchange, body.get("ancestors") or [], "/ancestors")
    below = check_statuses(view.exchange, body["descendants"], "/descendants")
    in_url = _STATUS_URL.search(urlsplit(view.exchange.url).path)
    shown = {str(item["id"]) for item in below}
    parents = {
        p: text_of(i.get("in_reply_to_account_id"))
        for i in below
        if (p := text_of(i.get("in_reply_to_id"))) and p not in shown
    }
    status = in_url[1] if in_url else next(iter(parents), "")
    author = str(above[0]["account"]["id"]) if above else parents.get(status)
    top = (str(above[0]["id"]) if above[0].get("in_reply_to_id") is None else None) if above else status
    kind = ("post", "comment")[len(above)] if len(above) < 2 and top else "reply"
    own = author == view.me or None in (author, view.me)
    found = {
        "status": status,
        "kind": kind,
        "own": own,
        "account": view.me,
        "root": view.record_id(top) if top else None,
    }
    return cast(MastodonContext, found)


def _read_status(
    item: dict[str, Any], view: View, pointer: str, place: Place, left: tuple[str, ...]
) -> Iterator[Record]:
    """Read a status.

    A boost is a publication of its author, with the text and files that it spreads.
    left: the unrecognized fields found so far.
    """
    exchange, author, inner, inside = view.exchange, item["account"], item, pointer
    left += ACCOUNT.check(author, exchange, f"{pointer}/account", "account")
    if item.get("reblog") is not None:
        inner, inside = item["reblog"], f"{pointer}/reblog"
        left += STATUS.check(inner, exchange, inside, "reblog") + ACCOUNT.check(
            inner["account"], exchange, f"{inside}/account", "reblog.account"
        )
    content = read_content(inner, view, inside)
    by, visibility = str(author["id"]), item["visibility"]
    mentions = {m["acct"]: str(m["id"]) for m in inner["mentions"]}
    if visibility == DIRECT and view.me not in (None, by, *mentions.values()):
        return  # a private mention between others, which the token's owner may see
    published = claimed_time(item["created_at"], exchange, f"{pointer}/created_at")
    edited = _edit_time(inner, exchange, inside)
    left += () if published else ("created_at: no date",)
    left += ("edited_at: no date",) if edited is None and inner.get("edited_at") is not None else ()
    if edited is not None and published is not None and edited < published:
        edited = None  # what is boosted was edited before
    if type_of_notice := view.context.get("types", {}).get(str(item["id"])):
        left += (f"notification.type.{type_of_notice}",)
    record = Record(
        record_id=view.record_id(item["id"]),
        kind="message" if visibility == DIRECT else place[0],
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
    )
    record.published_at = published
    record.edited_at = edited
    record.valid_from = edited or published
    record.visibility = visibility
    record.media = content.media
    record.links = content.links
    record.mentions = [*mentions] if inner is item else [*mentions, inner["account"]["acct"]]
    record.tags = [tag["name"] for tag in inner["tags"]]
    record.shared_id = content.quoted if inner is item else view.record_id(inner["id"])
    # The likes of a boost are those of the status that it spreads.
    record.counts = _counts_of(item, view, place, published) if inner is item else None
    record.tally = "own" if by == view.me and visibility != DIRECT else None
    record.repaired = id(item) in view.touched
    record.leftover = left + content.left if left or content.left else ()
    yield record


def _edit_time(status: dict[str, Any], exchange: Exchange, pointer: str) -> datetime | None:
    text = status.get("edited_at")
    return None if text is None else claimed_time(text, exchange, f"{pointer}/edited_at")


def _counts_of(item: dict[str, Any], view: View, place: Place, published: datetime | None) -> dict[str, int]:
    """Return the counts of a status; without `comments` if its replies are not read."""
    counts: dict[str, int] = {
        "likes": item["favourites_count"],
        "shares": item["reblogs_count"],
        "comments": item["replies_count"],
    }
    only_mentions = place[0] == "comment" and place[1] is None  # it names the account, and replies to nothing
    is_older = view.since is not None and published is not None and published < view.since
    if only_mentions or view.context.get("apart") or is_older:
        del counts["comments"]
    return counts


def _read_history(entries: list[Any], view: View) -> Iterator[Record]:
    """Read the states of an edited status.

    The first entry is the original. The last one is the present state, which the core recognizes by its
    content and its time. An entry with an impossible time is valid from the time of the entry before it; the
    present state with such a time is left out.
    """
    exchange, context = view.exchange, view.context
    in_url = _STATUS_URL.search(urlsplit(exchange.url).path)
    native = context.get("status") or (in_url[1] if in_url else None)
    if native is None:
        expected = "requested at /api/v1/statuses/<id>/history (a history does not name its status)"
        raise unexpected_field(exchange, "", expected, exchange.url)
    place = context.get("place", ("post", None, view.record_id(native)))
    published, since = None, _BEFORE_ALL
    for i, entry in enumerate(entries):
        left = EDIT.check(entry, exchange, f"/{i}") + ACCOUNT.check(
            entry["account"], exchange, f"/{i}/account", "account"
        )
        at = claimed_time(entry["created_at"], exchange, f"/{i}/created_at")
        if at is None and i == len(entries) - 1:
            return
        left += () if at else ("created_at: no date",)
        published, since = at if i == 0 else published, at or since
        content = read_content(entry, view, f"/{i}")
        yield structs.replace(
            _state(entry, content, view, native, place),
            pointer=f"/{i}",
            published_at=published,
            edited_at=at if i else None,
            valid_from=since,
            leftover=left + content.left,
        )


def _state(entry: dict[str, Any], content: Content, view: View, native: str, place: Any) -> Record:
    """Make the record of an entry of a history, without its times."""
    author, by, context = entry["account"], str(entry["account"]["id"]), view.context
    kind, parent, root = place
    return Record(
        record_id=view.record_id(native),
        kind="message" if context.get("visibility") == DIRECT else kind,
        native_id=native,
        pointer="",
        parent_id=parent,
        root_id=root,
        url=context.get("url"),
        author_id=by,
        author_name=author["display_name"] or None,
        author_handle=author["acct"],
        author_is_account=None if view.me is None else by == view.me,
        text=content.text,
        text_html=entry["content"],
        title=entry["spoiler_text"] or None,
        language=context.get("language"),
        visibility=context.get("visibility"),
        media=content.media,
        links=content.links,
        shared_id=content.quoted,
        repaired=id(entry) in view.touched,
        historical=True,
    )


def _read_profile(item: dict[str, Any], view: View) -> Record:
    """Read a profile.

    The description and the fields are its text, avatar and header its files; an account to which it moved is
    a link.
    """
    exchange, native = view.exchange, str(item.get("id"))
    left = ACCOUNT.check(item, exchange, "")
    PROFILE.check(item, exchange, "")
    left += check_each(FIELD, item["fields"], exchange, "/fields", "fields")
    note, fields = read_html(item["note"]), [(f["name"], read_html(f["value"])) for f in item["fields"]]
    links = note.links + [link for _, value in fields for link in value.links]
    if item.get("moved") is not None:
        left += ACCOUNT.check(item["moved"], exchange, "/moved", "moved")
        links.append(item["moved"].get("url") or item["moved"]["acct"])
    images = [(item.get(name), item.get(f"{name}_description")) for name in ("avatar", "header")]
    lines = "\n".join(f"{name}: {value.text}" for name, value in fields)
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
        text="\n\n".join(filter(None, (note.text, lines))),
        text_html=item["note"],
        title=item["display_name"] or None,
        published_at=read_time(item["created_at"], exchange, "/created_at"),
        visibility="limited" if item.get("limited") else None,
        media=[
            Media(_path(url, exchange), "image", url, alt or None, position=at + 1)
            for at, (url, alt) in enumerate(images)
            if url and not url.endswith("/missing.png")
        ],
        links=list(dict.fromkeys(links)),
        repaired=id(item) in view.touched,
        leftover=left,
    )


def _path(url: str, exchange: Exchange) -> str:
    """Return the path of a profile's image, which identifies it.

    It has no ID; each change makes a new path, and its host may change.
    """
    try:
        return urlsplit(url).path
    except ValueError:
        raise unexpected_field(exchange, "/avatar", "an address", url) from None
