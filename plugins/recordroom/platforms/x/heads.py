"""What a post of X says of itself, in either vocabulary: its id and time, its versions, whom and what it
answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from recordroom.model import moment

EPOCH = 1_288_834_974_657  # ms: where the time in an id begins (https://docs.x.com/fundamentals/x-ids)
FIRST = datetime.fromtimestamp(EPOCH / 1000, UTC)
ID = re.compile(r"[0-9]{1,19}")
_SPREAD = {"reposted": "retweeted"}


def between(post: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Who wrote it, and whom it answers."""
    return post.get("author_id"), post.get("in_reply_to_user_id")


def accounts_named(post: Mapping[str, Any]) -> list[str]:
    """Ids of the accounts that it names."""
    mentions = (post.get("entities") or {}).get("mentions") or []
    return [str(one.get("id")) for one in mentions if isinstance(one, dict)]


def record_id_of(native: str) -> str:
    return f"x:{native}"


def either(holder: Mapping[str, Any], *names: str) -> Any:
    """What stands under the first of these names that is there: X uses two vocabularies."""
    for name in names:
        if (found := holder.get(name)) is not None:
            return found
    return None


def history_of(post: Mapping[str, Any]) -> list[str]:
    """Ids of all its versions, the oldest first."""
    return post.get("edit_history_post_ids") or post.get("edit_history_tweet_ids") or [post["id"]]


def references_of(post: Mapping[str, Any]) -> dict[str, str]:
    """The posts that it answers (replied_to), quotes (quoted) or passes on (retweeted)."""
    listed = post.get("referenced_posts") or post.get("referenced_tweets")
    return {_SPREAD.get(one["type"], one["type"]): one["id"] for one in listed} if listed else {}


def began_at(post: Mapping[str, Any]) -> datetime:
    """When its first version was published. Before ids had a time there were no edits."""
    with suppress(ValueError, OverflowError):
        if isinstance(told := post.get("created_at"), str) and (published := moment(told)) < FIRST:
            return published
    return time_of(history_of(post)[0])


def time_of(native: str) -> datetime:
    """When a post was published: the time stands in its id, since November 2010."""
    return datetime.fromtimestamp(((int(native) >> 22) + EPOCH) / 1000, UTC)


def media_keys_of(post: Mapping[str, Any]) -> list[str]:
    """Of the files that are attached to it, and of those of its article: its cover, then what stands in its
    text (each told by its key, or as an object that has it: X documents neither)."""
    attached = (post.get("attachments") or {}).get("media_keys") or []
    article = post.get("article")
    if not isinstance(article, dict):
        return attached
    inside = article.get("media_entities")
    told = [article.get("cover_media"), *(inside if isinstance(inside, list) else ())]
    keys = (one.get("media_key") if isinstance(one, dict) else one for one in told)
    return list(dict.fromkeys([*attached, *(key for key in keys if isinstance(key, str) and key)]))


def name_of(holder: Mapping[str, Any], *names: str) -> str:
    for name in names:
        if name in holder:
            return name
    return names[0]
