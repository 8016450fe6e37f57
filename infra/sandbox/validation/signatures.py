"""The first bytes of the files that platforms serve."""

_SIGNATURES = {  # content type -> its first bytes
    "application/pdf": b"%PDF-",
    "application/x-subrip": b"1\n",
    "audio/wav": b"RIFF",
    "image/gif": b"GIF89a",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG",
    "text/vtt": b"WEBVTT",
    "video/mp4": b"\0\0\0\x18ftyp",
}
PHOTOS = ("image/jpeg", "image/png")


def has_signature(body: bytes, content_type: str, served: tuple[str, ...] = PHOTOS) -> bool:
    """Return whether a file begins as its type does, and the type is served."""
    return content_type in served and body.startswith(_SIGNATURES[content_type])
