"""Texts that the recorded stories have in an earlier wording.

A story is compared as if it had been recorded with the present texts: records, gaps, and failures must be the
same, whatever their texts are. schemas/stored-texts.yaml has the texts of gaps; all others are here.
"""

from __future__ import annotations

import re
from functools import cache, partial
from typing import Any

from recordroom import stored_texts

# (earlier text as a regular expression, present text), each in full words
REWORDED: tuple[tuple[str, str], ...] = (
    # why a record is not shown
    (r"the AppView does not show it; the cause is not told", "Bluesky does not show it and does not say why"),
    (
        r"the repost stands, but what it spread is not shown",
        "the repost still exists, but Bluesky does not show the post that it shares",
    ),
    (
        r"RecordNotFound from its author's own server: ",
        "the author's own server reports RecordNotFound: ",
    ),
    (
        r"RecordNotFound from its author's own server, which does not tell whether it was taken down there",
        "the author's own server reports RecordNotFound, but not whether its moderators took the record down",
    ),
    (
        (
            r"RecordNotFound from its author's own server, in whose repository it stands nevertheless:"
            r" taken down there"
        ),
        (
            "the author's own server reports RecordNotFound, but the author's repository still contains the"
            " record: the server's moderators took it down"
        ),
    ),
    (
        r"it stands on its author's server, but the AppView does not show it",
        "it exists on the author's own server, but Bluesky does not show it",
    ),
    (
        r"the account was told of it, but the AppView does not show it",
        "the account was notified of it, but Bluesky does not show it",
    ),
    (r"so it stands in no conversation", "so no conversation shows it"),
    (r"the site answers its own user (rest_\w+)", r"the site reports \1 to its own signed-in user"),
    (r"the site answers everybody (\d+) (\w+)", r"the site reports HTTP \1, \2 to visitors"),
    (
        r"the site's status of it is ([\w-]+): taken out of publication",
        r"the site reports the status \1: it is no longer published",
    ),
    (
        r"nothing is there for this token: it is gone, or must not be seen; Vimeo",
        "Vimeo finds nothing at its address: it was removed, or this token cannot see it; Vimeo",
    ),
    (
        r"its video is not among those asked for by id: deleted, or not public any more",
        "TikTok does not return its video: the video was deleted, or is no longer public",
    ),
    (
        r"not among those asked for by id: deleted, or not public any more",
        "TikTok does not return it: it was deleted, or is no longer public",
    ),
    (
        r"gone, or not to be seen with this token: Threads",
        "it was removed, or this token cannot see it: Threads",
    ),
    (
        (
            r"it is not among the posts that mention the account any more: deleted, changed or made private;"
            r" Threads does not say which"
        ),
        (
            "it is no longer among the posts that mention the account: Threads does not say whether it was"
            " deleted, changed, or made private"
        ),
    ),
    # messages
    (r"neither RSS nor Atom instead of a feed", "a document that is neither RSS nor Atom instead of a feed"),
    (
        r"Make a new one and put it into the account's connection\.(?= Who can|$)",
        "Create a new one and enter it in the account's connection.",
    ),
    (
        r"The account consents again; docs/platforms/tiktok\.md says how\.",
        "The administrator of the account must consent again (docs/platforms/tiktok.md).",
    ),
)


def reword(value: Any) -> Any:
    """Return results or outcomes of a story, in the present wording."""
    if isinstance(value, dict):
        return {name: reword(one) for name, one in value.items()}
    if isinstance(value, list):
        return [reword(one) for one in value]
    if isinstance(value, str):
        for earlier, present in REWORDED:
            value = re.sub(earlier, present, value, flags=re.DOTALL)
        for pattern, present in _reworded_in_the_table():
            value = pattern.sub(partial(_fill, present), value)
    return value


def _fill(present: str, found: re.Match[str]) -> str:
    """Return a text with the parts of its earlier wording."""
    return present.format_map(found.groupdict())


@cache
def _reworded_in_the_table() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return (earlier text, present text) of each code in schemas/stored-texts.yaml."""
    return tuple(
        (re.compile(stored_texts._make_pattern(code, one, whole=False), re.DOTALL), present)
        for code, (present, *earlier) in stored_texts.TEXTS.items()
        for one in earlier
    )
