"""File types by their first bytes: extensions, and whether a file is shown.

Neither the platform's nor the server's own statement counts. The records room offers anything that can run a
script (SVG, PDF, HTML) for download only.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST_SIGNATURE = 64  # bytes of a file that are enough to find its type
UNKNOWN = ".bin"


class FileType(NamedTuple):
    """The first pattern that matches names the type."""

    extension: str  # with its dot
    shown_as: str | None  # the media type under which the room shows it; None: download only
    signature: re.Pattern[bytes]  # matches the first bytes of a file


def _make_type(extension: str, shown_as: str | None, signature: bytes) -> FileType:
    """Return the type of files that begin with this pattern."""
    return FileType(extension, shown_as, re.compile(signature, re.DOTALL))


TYPES = (
    _make_type(".jpg", "image/jpeg", rb"\xff\xd8\xff"),
    _make_type(".png", "image/png", rb"\x89PNG\r\n\x1a\n"),
    _make_type(".gif", "image/gif", rb"GIF8[79]a"),
    _make_type(".webp", "image/webp", rb"RIFF....WEBP"),
    _make_type(".avif", "image/avif", rb"....ftypavi[fs]"),  # avis: a sequence of images
    _make_type(".heic", None, rb"....ftyp(?:he|mif1)"),
    _make_type(".bmp", None, rb"BM"),
    _make_type(".tif", None, rb"II\*\x00|MM\x00\*"),
    _make_type(".mov", "video/mp4", rb"....ftypqt  "),  # browsers play it under this name only
    _make_type(".m4a", "audio/mp4", rb"....ftypM4A "),
    _make_type(".mp4", "video/mp4", rb"....ftyp(?:isom|iso\d|mp4\d|avc1|M4V |dash|MSNV)"),
    _make_type(".mp4", None, rb"....ftyp"),
    _make_type(".webm", "video/webm", rb"\x1aE\xdf\xa3"),
    _make_type(".avi", None, rb"RIFF....AVI "),
    # without an ID3 tag: a frame of MPEG 1 or 2
    _make_type(".mp3", "audio/mpeg", rb"ID3|\xff[\xfb\xf3\xf2]"),
    _make_type(".ogg", "audio/ogg", rb"OggS"),
    _make_type(".wav", "audio/wav", rb"RIFF....WAVE"),
    _make_type(".flac", None, rb"fLaC"),
    _make_type(".pdf", None, rb"%PDF-"),
    _make_type(".zip", None, rb"PK\x03\x04"),
    _make_type(".vtt", None, rb"(?:\xef\xbb\xbf)?WEBVTT(?:[ \t\r\n]|$)"),
    _make_type(".srt", None, rb"(?:\xef\xbb\xbf)?\s*\d+\s*\n\d\d:\d\d:\d\d,\d{3} --> "),
)


def find_type(first: bytes) -> FileType | None:
    """Return the type of a file that begins so; None if no signature matches."""
    return next((one for one in TYPES if one.signature.match(first)), None)


def find_extension(first: bytes) -> str:
    """Return the extension of a file that begins so."""
    found = find_type(first)
    return found.extension if found else UNKNOWN
