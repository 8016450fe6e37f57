"""Videos made in code: MP4 files of JPEG images, the same on every machine.

Two images a second, no sound. The codec is JPEG under its registered object type 0x6C (ISO/IEC 14496-12 and
-14, mp4ra.org).
"""

import struct
from functools import cache

from infra.sandbox.pictures import picture

RATE = 2  # frames a second
JPEG, VISUAL_STREAM = 0x6C, 0x11
# the identity: no rotation, no scaling
MATRIX = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
KINDS = b"isom\0\0\2\0isommp41"


def _box(kind: bytes, *parts: bytes) -> bytes:
    inside = b"".join(parts)
    return struct.pack(">I", len(inside) + 8) + kind + inside


def _whole(kind: bytes, form: str, *values: int, more: bytes = b"", flags: int = 0) -> bytes:
    """Return a box with version 0 and flags before its content."""
    return _box(kind, struct.pack(">I", flags), struct.pack(">" + form, *values), more)


def _descriptor(tag: int, inside: bytes) -> bytes:
    return bytes((tag, len(inside))) + inside


def _sample_entry(width: int, height: int) -> bytes:
    decoder = _descriptor(4, struct.pack(">BBxHII", JPEG, VISUAL_STREAM, 0, 0, 0))
    stream = _whole(b"esds", "", more=_descriptor(3, struct.pack(">Hx", 1) + decoder + _descriptor(6, b"\2")))
    shown = struct.pack(">16xHHIIIH32xHh", width, height, 72 << 16, 72 << 16, 0, 1, 24, -1)
    return _box(b"mp4v", struct.pack(">6xH", 1), shown, stream)


def _table(sizes: list[int], width: int, height: int, start: int) -> bytes:
    """Return the table of the frames, which are all key frames.

    start: the position in the file of their one chunk.
    """
    return _box(
        b"stbl",
        _whole(b"stsd", "I", 1, more=_sample_entry(width, height)),
        _whole(b"stts", "III", 1, len(sizes), 1),
        _whole(b"stsc", "IIII", 1, 1, len(sizes), 1),
        _whole(b"stsz", f"II{len(sizes)}I", 0, len(sizes), *sizes),
        _whole(b"stco", "II", 1, start),
    )


def _movie(sizes: list[int], width: int, height: int, start: int) -> bytes:
    count = len(sizes)
    shape = MATRIX + struct.pack(">II", width << 16, height << 16)
    media = _box(
        b"minf",
        _whole(b"vmhd", "4H", 0, 0, 0, 0, flags=1),
        _box(b"dinf", _whole(b"dref", "I", 1, more=_whole(b"url ", "", flags=1))),
        _table(sizes, width, height, start),
    )
    track = _box(
        b"trak",
        _whole(b"tkhd", "IIIII8xHHH2x", 0, 0, 1, 0, count, 0, 0, 0, more=shape, flags=3),
        _box(
            b"mdia",
            _whole(b"mdhd", "IIIIHH", 0, 0, RATE, count, 0x55C4, 0),  # undetermined language
            _box(b"hdlr", bytes(8), b"vide", bytes(12), b"Video\0"),
            media,
        ),
    )
    header = _whole(
        b"mvhd",
        "IIIIIH10x",
        0,
        0,
        RATE,
        count,
        0x10000,
        0x100,
        more=MATRIX + bytes(24) + struct.pack(">I", 2),
    )
    return _box(b"moov", header, track)


@cache
def film(seed: str, width: int, height: int, seconds: int) -> bytes:
    """Return the bytes of an MP4 file; its images are made from the seed."""
    frames = [picture("jpeg", f"{seed}/{number}", width, height) for number in range(RATE * seconds)]
    head, sizes = _box(b"ftyp", KINDS), [len(frame) for frame in frames]
    before = len(head) + len(_movie(sizes, width, height, 0)) + 8
    return head + _movie(sizes, width, height, before) + _box(b"mdat", *frames)
