"""The shapes of Mastodon's responses, and the keys of its contexts.

Entities: https://docs.joinmastodon.org/entities/, compared with the OpenAPI description of version 4.7.
"""

from __future__ import annotations

from typing import Any, cast

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.context import Context
from recordroom.platforms.schema import (
    ANY_NUMBER,
    FLAG,
    ID,
    ITEM,
    LIST,
    NULL,
    NUMBER,
    TEXT,
    Shape,
    load_content,
)

DIRECT = "direct"  # the visibility of private mentions
Place = tuple[str, str | None, str | None]  # kind, parent_id, root_id of a record


class MastodonContext(Context, total=False):
    """Keys of Mastodon's exchanges.

    A place is [kind, parent_id, root_id] of a record.

    since: of a list, the time before which conversations were not read, so that counts are not compared.
    places: places of single statuses, by their IDs.
    apart: the replies to these statuses are not read, so that counts are not compared.
    types: types of notifications that this connector does not know, by status.
    status: the status whose context or history it is.
    kind: of a context, the kind of that status.
    own: whether the conversation of a context begins with a post of the account.
    place: of a history, the place of its status.
    visibility, language, url: of a history, what its entries do not say.
    messages: of a private conversation, the record ID of its first status.
    lists: the complete lists of blocks, mutes, blocked servers, and filters, by name.
    """

    since: str
    places: dict[str, Any]
    apart: bool
    types: dict[str, str]
    status: str
    kind: str
    own: bool
    place: list[Any]
    visibility: str
    language: str | None
    url: str
    messages: str
    lists: dict[str, list[Any]]


def context_of(exchange: Exchange) -> MastodonContext:
    return cast(MastodonContext, exchange.context)


_VIEWER = "about the account of the token"
_OTHER_FORM = "another form of what is read"
_SETTING = "a setting"
_PROFILE_ONLY = "read where it is a profile"

# -- accounts --

INSTANCE = Shape({"domain": TEXT})
ACCOUNT = Shape(
    {"id": ID, "acct": TEXT, "display_name": TEXT, "url": TEXT | NULL},
    dict.fromkeys(("username", "uri"), "said by acct and url")
    | dict.fromkeys(("avatar_static", "header_static", "emojis"), _OTHER_FORM)
    | dict.fromkeys(("followers_count", "following_count", "last_status_at"), "counters of no record")
    | dict.fromkeys(("locked", "bot", "group", "discoverable", "indexable", "noindex"), _SETTING)
    | dict.fromkeys(("hide_collections", "memorial", "roles", "role", "source"), _SETTING)
    | dict.fromkeys(("show_media", "show_media_replies", "show_featured", "feature_approval"), _SETTING)
    | dict.fromkeys(("note", "fields", "avatar", "avatar_description"), _PROFILE_ONLY)
    | dict.fromkeys(("header", "header_description", "created_at", "statuses_count"), _PROFILE_ONLY)
    | dict.fromkeys(("moved", "limited", "suspended", "mute_expires_at"), _PROFILE_ONLY),
)
PROFILE = Shape(
    {
        "note": TEXT,
        "fields": LIST,
        "created_at": TEXT,
        "avatar": TEXT | NULL,
        "header": TEXT | NULL,
        "avatar_description": TEXT | NULL,
        "header_description": TEXT | NULL,
        "statuses_count": NUMBER,
        "moved": ITEM | NULL,
        "limited": FLAG | NULL,
        "suspended": FLAG | NULL,
    }
)
FIELD = Shape(
    {"name": TEXT, "value": TEXT}, {"verified_at": "checked by the instance, no words of the account"}
)

# -- statuses --

# The fields that a crawl reads. The crawl goes on wherever these are as promised; the others are for `parse`.
STATUS_HEAD = Shape(
    {
        "id": ID,
        "created_at": TEXT,
        "edited_at": TEXT | NULL,
        "account": ITEM,
        "visibility": TEXT,
        "reblog": ITEM | NULL,
        "in_reply_to_id": ID | NULL,
        "in_reply_to_account_id": ID | NULL,
        "language": TEXT | NULL,
        "url": TEXT | NULL,
        "uri": TEXT,
        "replies_count": NUMBER,
    }
)
AUTHOR_HEAD = Shape({"id": ID})
STATUS = Shape(
    dict(STATUS_HEAD.fields)
    | {
        "content": TEXT,
        "spoiler_text": TEXT,
        "quote": ITEM | NULL,
        "poll": ITEM | NULL,
        "media_attachments": LIST,
        "mentions": LIST,
        "tags": LIST,
        "reblogs_count": NUMBER,
        "favourites_count": NUMBER,
    },
    dict.fromkeys(("favourited", "reblogged", "muted", "bookmarked", "filtered"), _VIEWER)
    | dict.fromkeys(("sensitive", "emojis", "pinned"), "how the post is shown; shortcodes stay in the text")
    | dict.fromkeys(
        ("application", "quote_approval", "quotes_count", "tagged_collections"), "no part of the post"
    )
    | {
        "card": (
            "made by the server some time after the post, from a link in the text: its arrival is no edit"
        )
    }
    | {"text": "the source, given only to who deletes it", "local_only": "of the fork glitch-soc"},
)
EDIT = Shape(
    {
        "content": TEXT,
        "spoiler_text": TEXT,
        "created_at": TEXT,
        "account": ITEM,
        "media_attachments": LIST,
        "poll": ITEM | NULL,
        "quote": ITEM | NULL,
    },
    {"sensitive": "how the picture is first shown", "emojis": "the shortcode stays in the text"},
)
# Statuses above the one that was requested are read for its place alone.
CONTEXT = Shape({"descendants": LIST, "ancestors": LIST | NULL})

# -- parts of a status --

MEDIA = Shape(
    {
        "id": ID,
        "type": TEXT,
        "url": TEXT | NULL,
        "remote_url": TEXT | NULL,
        "description": TEXT | NULL,
        "meta": ITEM | NULL,
    },
    dict.fromkeys(("preview_url", "preview_remote_url", "text_url", "blurhash"), _OTHER_FORM),
)
_SIZE = ANY_NUMBER | NULL
# The rest of `meta` describes the encoding of the file.
ORIGINAL = Shape({"width": _SIZE, "height": _SIZE, "duration": _SIZE})
POLL = Shape(
    {"options": LIST},
    dict.fromkeys(("id", "expires_at", "expired", "multiple", "emojis"), "no words")
    | dict.fromkeys(("votes_count", "voters_count", "voted", "own_votes"), "counters of no record"),
)
OPTION = Shape({"title": TEXT}, {"votes_count": "counter of no record"})
MENTION = Shape({"acct": TEXT, "id": ID}, dict.fromkeys(("username", "url"), "said by acct"))
TAG = Shape({"name": TEXT}, {"url": "said by name", "history": "use of the tag by everybody"})
QUOTE = Shape(
    {"quoted_status": ITEM | NULL, "quoted_status_id": ID | NULL},
    {"state": "whether the quoted author agrees"},
)

# -- what an instance gives the account alone --

NOTICE = Shape({"type": TEXT, "created_at": TEXT, "status": ITEM | NULL})
WARNING_NOTICE = Shape({"type": TEXT, "moderation_warning": ITEM | NULL})
WARNING = Shape({"action": TEXT, "created_at": TEXT, "status_ids": LIST | NULL})
CONVERSATION = Shape(
    {"id": ID, "last_status": ITEM | NULL},
    {"accounts": "said by the statuses", "unread": _VIEWER},
)
PERSON = Shape({"acct": TEXT, "display_name": TEXT | NULL})  # of somebody blocked or muted
FILTER = Shape(
    {"title": TEXT | NULL, "context": LIST, "keywords": LIST | NULL},
    {
        "id": "said by the words",
        "filter_action": "hidden, or behind a warning",
        "expires_at": "it ends then",
        "statuses": "single ones",
    },
)
WORD = Shape({"keyword": TEXT}, {"id": "said by keyword", "whole_word": "how it is compared"})


def error_in(exchange: Exchange) -> str:
    """Return what the instance says of an error; "" where it says nothing.

    {"error": "This action is outside the authorized scopes"}
    """
    if exchange.status < 400:
        return ""
    try:
        body = load_content(exchange)
    except UnexpectedResponse:
        return ""
    return str(body["error"])[:200] if isinstance(body, dict) and "error" in body else ""
