"""Which files of an export a PDF can show: pictures of four kinds, of a size that pages can be set with."""

from __future__ import annotations

from pathlib import Path

SHOWN = (".jpg", ".png", ".gif", ".webp")  # as media.py names files by their first bytes
_END = b"\xff\xd9"  # of a JPEG; in the first half it may be that of a smaller one within
BYTES, PIXELS = 20_000_000, 50_000_000  # of one picture: what is larger takes too much memory to set


def reason_against(path: Path) -> str | None:
    """Why the picture in this file cannot be shown; None: it can, as far as its beginning tells."""
    import imagesize

    if path.suffix not in SHOWN:
        return "a file of this kind cannot be shown on a page"
    if path.stat().st_size > BYTES:
        return f"it is larger than {BYTES // 1_000_000} MB"
    try:
        width, height = imagesize.get(path)
    except (ValueError, OSError):
        width, height = -1, -1
    if width <= 0 or height <= 0:
        return "its bytes cannot be read as a picture"
    if path.suffix == ".jpg" and _END not in path.read_bytes()[path.stat().st_size // 2 :]:
        return "it breaks off before its end"
    return f"it has more than {PIXELS // 1_000_000} million pixels" if width * height > PIXELS else None
