"""Which files are the captions of a film: what is said in it, as text. The platforms name them; a record knows them as documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TRACKS = {  # platform -> the identity of a track, with its language
    "youtube": re.compile(r".+/captions/(?P<language>[^/]*)/"),
    "vimeo": re.compile(r"texttracks/\d+/(?P<language>[^/]*)"),
    "facebook": re.compile(r"\d+/(?P<language>[a-z]{2,3}_[A-Z]{2})/"),
}


def captions_in(media: Mapping[str, Any], platform: str) -> str | None:
    """The language, "" where it is not known; None of what are no captions."""
    found = _TRACKS[platform].match(str(media["identity"])) if platform in _TRACKS and media["type"] == "document" else None
    return None if found is None else found["language"]
