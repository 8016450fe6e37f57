"""What a token may read, by Vimeo's own word.

What a token must not see is the same 404 as what is gone, and no list says that it leaves something out. So the scopes are asked for
(https://developer.vimeo.com/api/reference/authentication-extras): {"scope": "public private video_files", ...}. Where Vimeo refuses to tell
them, none is counted on.
"""

from __future__ import annotations

from recordroom.errors import AccountUnavailable, Blocked
from recordroom.platforms.shapes import content_of
from recordroom.platforms.vimeo.api import Api
from recordroom.platforms.vimeo.shapes import GRANTED

SEEN, FILES = ("public", "private"), "video_files"  # without these a 404 may be about what is there


def granted(api: Api, base: str) -> frozenset[str]:
    """The scopes of the token. Asked for alone: all of the answer would repeat the token and tell whose it is."""
    try:
        answer = api.get(f"{base}/oauth/verify", {"fields": "scope"})
    except (AccountUnavailable, Blocked):
        return frozenset()
    body = content_of(answer)
    GRANTED.check(body, answer, "")
    return frozenset(body["scope"].split())


def unseen(scopes: frozenset[str]) -> str:
    """What a token with these scopes is not shown, and why; "" where it is shown all."""
    missing = " and ".join(name for name in SEEN if name not in scopes)
    if not missing:
        return ""
    hidden = "videos that not everybody may see, and what is said below them, are not given, and nothing that is not given is called gone"
    return f"Vimeo does not name the scope {missing} among the token's: {hidden}; make a token anew with it"
