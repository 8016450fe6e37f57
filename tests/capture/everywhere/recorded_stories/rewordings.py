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
    (
        r"that so many are gone at once, the register confirms ",
        "the register confirms that so many disappeared at once ",
    ),
    (
        r"not among the stories of the Page: gone, or not to be seen with this token; Facebook",
        "no longer among the stories of the Page: removed, or not visible to this token; Facebook",
    ),
    (
        r"gone, or not to be seen with this token: (Facebook|Instagram) ",
        r"removed, or not visible to this token; \1 ",
    ),
    (
        (
            r"its 24 hours are over: Facebook shows a story no longer; whether it was deleted before that"
            r" is not known"
        ),
        (
            "the story's 24 hours are over, so Facebook no longer shows it; it is not known whether it was"
            " deleted before that"
        ),
    ),
    (
        (
            r"its 24 hours are over: Instagram shows and gives a story no longer; whether it was deleted"
            r" before that is not known"
        ),
        (
            "the story's 24 hours are over, so Instagram no longer shows it; it is not known whether it was"
            " deleted before that"
        ),
    ),
    (
        r"LinkedIn finds nothing of that URN: it is gone, or must not be seen; it does not say which",
        (
            "LinkedIn finds nothing for its URN: removed, or not visible to this token; LinkedIn does not"
            " say which"
        ),
    ),
    (r"LinkedIn told that it was deleted ", "LinkedIn reported that it was deleted "),
    (
        r"X says that it does not exist, while its author is there: ",
        "X says that it does not exist, although its author does: ",
    ),
    (
        r"deleted, or its author's account is closed: X does not say which: ",
        "deleted, or its author's account is closed; X does not say which: ",
    ),
    (
        r"its author is protected now, or suspended: X does not say which: ",
        "its author is now protected or suspended; X does not say which: ",
    ),
    (
        (
            r"YouTube leaves it out of its answer, without a reason; its owner is shown private videos too,"
            r" so it was probably deleted, by the channel or by YouTube"
        ),
        (
            "YouTube's response does not contain it and gives no reason; its owner sees private videos too,"
            " so the channel or YouTube probably deleted it"
        ),
    ),
    (
        (
            r"deleted or rejected: YouTube does not say which, nor by whom; it is neither held nor taken"
            r" for spam"
        ),
        (
            "deleted or rejected; YouTube does not say which, or by whom; it is not awaiting review and not"
            " marked as spam"
        ),
    ),
    # gaps, and parts of those in the table
    (
        (
            r"what was published and removed again, or edited again, or was shown for a day alone,"
            r" meanwhile was not seen"
        ),
        "posts and edits that were removed or replaced or were only shown for a day in that time are missing",
    ),
    (
        r"what was published and removed again, or edited again, meanwhile was not seen",
        "posts and edits that were removed or replaced in that time are missing",
    ),
    (r"(?<=\d )answer(?= (?:to|in) \d)", "reply"),
    (r"(?<=\d )answers(?= (?:to|in) \d)", "replies"),
    (
        r"comments of closed accounts and of (people|users) (who|whom) ",
        r"comments of closed accounts, and of \1 \2 ",
    ),
    (
        r"comments of people whom the account has restricted, and those on media with an age limit",
        "comments by people whom the account has restricted, and comments on media with an age limit",
    ),
    (
        r"the list of what stands on its wall, where others write(?= \()",
        "the list of posts on its wall, where others write",
    ),
    (r"an answer that cannot be read(?=\))", "an unreadable response"),
    # messages
    (r", and no word of the platform's(?=\.|\)|;|$)", ", without an error of the platform's API"),
    (r": no JSON instead of JSON", ": unreadable content instead of JSON"),
    (
        r"The platform refuses us; see the page of this platform in docs/platforms\.",
        "The platform refuses access. The platform's page in docs/platforms says what it requires.",
    ),
    (
        (
            r"Somebody who is administrator of the page gives the token's holder the role back;"
            r" docs/platforms/linkedin\.md names the roles\."
        ),
        (
            "An administrator of the page must give the role to the token's holder;"
            " docs/platforms/linkedin.md lists the roles."
        ),
    ),
    (
        (
            r"The token has run out\. Make a new token \(the platform's page in docs/platforms says how\)"
            r" and put it into the account's connection\."
        ),
        (
            "The token has expired. Create a new token, as the platform's page in docs/platforms explains,"
            " and enter it in the account's connection."
        ),
    ),
    (
        r"The token has run out after its 60 days: make a new one\.",
        "The token has expired after 60 days. Create a new one.",
    ),
    (
        (
            r"Make a new key or token and put it into the account's connection\. The platform's page in"
            r" docs/platforms says what is needed\."
        ),
        (
            "Create a new key or token, and enter it in the account's connection. The platform's page in"
            " docs/platforms says what is required."
        ),
    ),
    (
        r"Make a new credential and put it into the account's connection\.",
        "Create a new credential and enter it in the account's connection.",
    ),
    (r"neither RSS nor Atom instead of a feed", "a document that is neither RSS nor Atom instead of a feed"),
    (
        r"Make a new one and put it into the account's connection\.(?= Who can|$)",
        "Create a new one and enter it in the account's connection.",
    ),
    (
        r"The account consents again; docs/platforms/tiktok\.md says how\.",
        "The administrator of the account must consent again (docs/platforms/tiktok.md).",
    ),
    (
        r" without JSON where a token was asked for\. It is asked for again\.",
        " without JSON, in response to a request for a token. The next capture tries again.",
    ),
    (r" Who can: ", " People to ask: "),
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
