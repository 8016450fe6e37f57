"""Images made in code: landscapes of blocks, the same bytes on every machine.

zlib and image libraries differ in their bytes from version to version. Therefore the PNG stores its pixels
uncompressed (RFC 2083), and the JPEG, a baseline one, codes one flat color for each block of 8 x 8: only DC
coefficients (ITU-T T.81). The codes of the animated GIF never grow beyond a byte (GIF89a).
"""

import hashlib
import struct
import zlib
from functools import cache

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
NOISE = 48  # number of shades of a color


def colors(seed: str, columns: int, rows: int) -> list[list[tuple[int, int, int]]]:
    """Return rows of RGB blocks: a sky over a ground, with some noise."""
    digest = hashlib.sha256(seed.encode()).digest()
    sky, ground = tuple(128 + byte // 2 for byte in digest[:3]), tuple(byte // 2 for byte in digest[3:6])
    horizon = 1 + digest[6] % max(rows - 1, 1)
    shades = {base: [_shade(base, by) for by in range(NOISE)] for base in (sky, ground)}
    grain, blocks = hashlib.shake_128(seed.encode()).digest(columns * rows), []
    for row in range(rows):
        base = sky if row < horizon else ground
        noise = grain[row * columns : (row + 1) * columns]
        blocks.append([shades[base][byte % NOISE] for byte in noise])
    return blocks


def _shade(base: tuple[int, ...], by: int) -> tuple[int, int, int]:
    return min(base[0] + by, 255), min(base[1] + by, 255), min(base[2] + by // 2, 255)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _stored(data: bytes) -> bytes:
    """Return a zlib stream without compression: it has one form only (RFC 1951)."""
    parts = [data[start : start + 65535] for start in range(0, len(data), 65535)]
    blocks = [
        struct.pack("<BHH", number == len(parts) - 1, len(part), 65535 - len(part)) + part
        for number, part in enumerate(parts)
    ]
    return b"\x78\x01" + b"".join(blocks) + struct.pack(">I", zlib.adler32(data))


def png(seed: str, width: int, height: int) -> bytes:
    """Return the bytes of a PNG."""
    blocks = colors(seed, -(-width // 8), -(-height // 8))
    lines = [b"\0" + b"".join(bytes(color) * 8 for color in row)[: 3 * width] for row in blocks]
    rows = (lines[y // 8] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", _stored(b"".join(rows)))
        + _chunk(b"IEND", b"")
    )


@cache
def _coded(difference: int) -> str:
    """Return the bits of a DC coefficient, and of the end of its block."""
    size = abs(difference).bit_length()  # a code table of our own: category n has the 4-bit code n
    amount = f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}" if size else ""
    return f"{size:04b}{amount}0"


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


@cache
def _levels(red: int, green: int, blue: int) -> tuple[int, int, int]:
    """Return luma and chroma: the average of 64 pixels, times 8, by the quantizer 8."""
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return round(luma - 128), round(0.564 * (blue - luma)), round(0.713 * (red - luma))


def _scan(blocks: list[list[tuple[int, int, int]]]) -> bytes:
    # an image has few colors, and few pairs of neighbors
    steps: dict[tuple[tuple[int, int, int], tuple[int, int, int]], str] = {}
    parts, last = list[str](), (128, 128, 128)
    for row in blocks:
        for color in row:
            step = (last, color)
            if step not in steps:
                steps[step] = "".join(
                    _coded(now - before) for before, now in zip(_levels(*last), _levels(*color), strict=True)
                )
            parts.append(steps[step])
            last = color
    bits = "".join(parts)
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\x00")


def jpeg(seed: str, width: int, height: int) -> bytes:
    """Return the bytes of a JPEG."""
    blocks = colors(seed, -(-width // 8), -(-height // 8))
    parts = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    dc_table = bytes((0x00, 0, 0, 0, 12, *[0] * 12, *range(12)))  # twelve codes of four bits
    ac_table = bytes((0x10, 1, *[0] * 15, 0x00))  # one code of one bit: end of block
    return b"".join(
        (
            SOI,
            _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
            _segment(0xDB, b"\0" + bytes([8] * 64)),
            _segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + parts),
            _segment(0xC4, dc_table + ac_table),
            _segment(0xDA, b"\3\1\0\2\0\3\0\0\x3f\0"),
            _scan(blocks),
            EOI,
        )
    )


TABLE, CLEAR, END = 128, b"\x80", b"\x81"  # number of colors in a frame, and the codes after theirs
RUN = 120  # pixels between two clear codes: six more, and a code would have nine bits


def _frame(seed: str, width: int, height: int) -> bytes:
    """Return a frame of half a second, with its own colors."""
    blocks = colors(seed, -(-width // 8), -(-height // 8))
    palette = sorted({color for row in blocks for color in row})
    number = {color: place for place, color in enumerate(palette)}
    lines = [bytes(number[color] for color in row for _ in range(8))[:width] for row in blocks]
    pixels = b"".join(lines[y // 8] for y in range(height))
    codes = b"".join(CLEAR + pixels[start : start + RUN] for start in range(0, len(pixels), RUN)) + END
    parts = [codes[start : start + 255] for start in range(0, len(codes), 255)]
    table = b"".join(map(bytes, palette)).ljust(3 * TABLE, b"\0")
    place = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0x86)
    return (
        b"\x21\xf9\4\0\x32\0\0\0"
        + place
        + table
        + b"\7"
        + b"".join(bytes((len(part),)) + part for part in parts)
        + b"\0"
    )


def gif(seed: str, width: int, height: int) -> bytes:
    """Return the bytes of a GIF with two frames that repeat."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0)
    frames = b"".join(_frame(f"{seed}/{number}", width, height) for number in range(2))
    return screen + b"\x21\xff\x0bNETSCAPE2.0\3\1\0\0\0" + frames + b";"


@cache
def picture(kind: str, seed: str, width: int, height: int) -> bytes:
    """Return the bytes of an image; `kind` is jpeg or png."""
    return jpeg(seed, width, height) if kind == "jpeg" else png(seed, width, height)
