"""Which files are shown: by their first bytes, whatever anybody said of them. What runs anything (SVG, PDF, HTML) is none of them."""

from __future__ import annotations

import re

LONGEST_SIGNATURE = 64
_SIGNATURES = (
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    ("image/gif", re.compile(rb"GIF8[79]a")),
    ("image/webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("image/avif", re.compile(rb"....ftypavi[fs]", re.DOTALL)),
    ("video/webm", re.compile(rb"\x1aE\xdf\xa3")),
    ("video/mp4", re.compile(rb"....ftyp(isom|iso\d|mp4\d|avc1|M4V |dash|qt  |MSNV)", re.DOTALL)),
    ("audio/mp4", re.compile(rb"....ftypM4A ", re.DOTALL)),
    ("audio/mpeg", re.compile(rb"ID3|\xff[\xfb\xf3\xf2]")),
    ("audio/ogg", re.compile(rb"OggS")),
    ("audio/wav", re.compile(rb"RIFF....WAVE", re.DOTALL)),
)


def shown_as(first: bytes) -> str | None:
    """The media type of a file that begins so; None: it is for downloading."""
    return next((name for name, form in _SIGNATURES if form.match(first)), None)
