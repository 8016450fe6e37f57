"""File types by first bytes: one table for exported files and for the records room."""

from __future__ import annotations

import pytest

from recordroom.filetypes import LONGEST_SIGNATURE, TYPES, find_extension, find_type


@pytest.mark.parametrize(
    ("data", "extension", "shown"),
    [
        (b"\xff\xd8\xff\xe0", ".jpg", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", ".png", "image/png"),
        (b"\x89PNG", ".bin", None),
        (b"GIF89a", ".gif", "image/gif"),
        (b"RIFF\x0a\x0a\x0a\x0aWEBP", ".webp", "image/webp"),
        (b"\x00\x00\x00\x1cftypavif", ".avif", "image/avif"),
        (b"\x00\x00\x00\x1cftypavis", ".avif", "image/avif"),
        (b"\x00\x00\x00\x1cftypheic", ".heic", None),
        (b"\x00\x00\x00\x18ftypmp42", ".mp4", "video/mp4"),
        (b"\x00\x00\x00\x18ftypqt  ", ".mov", "video/mp4"),
        (b"\x00\x00\x00\x18ftyp3gp4", ".mp4", None),
        (b"\x00\x00\x00\x18ftypM4A ", ".m4a", "audio/mp4"),
        (b"\x1aE\xdf\xa3", ".webm", "video/webm"),
        (b"ID3\x04", ".mp3", "audio/mpeg"),
        (b"\xff\xfb\x90", ".mp3", "audio/mpeg"),
        (b"\xff\xf3\x90", ".mp3", "audio/mpeg"),
        (b"\xff\xf2\x90", ".mp3", "audio/mpeg"),
        (b"OggS", ".ogg", "audio/ogg"),
        (b"RIFF\x00\x00\x00\x00WAVE", ".wav", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00AVI ", ".avi", None),
        (b"%PDF-1.7", ".pdf", None),
        (b"<svg xmlns=", ".bin", None),
        (b"<!DOCTYPE html>", ".bin", None),
        (b"WEBVTT\nKind: captions\n", ".vtt", None),
        (b"\xef\xbb\xbfWEBVTT", ".vtt", None),
        (b"1\r\n00:00:00,000 --> 00:00:02,000\r\nSnow", ".srt", None),
        (b"WEBVTTX", ".bin", None),
        (b"1\nsnow", ".bin", None),
        (b"", ".bin", None),
    ],
)
def test_the_first_bytes_tell_the_extension_and_whether_it_is_shown(
    data: bytes, extension: str, shown: str | None
) -> None:
    found = find_type(data[:LONGEST_SIGNATURE])
    assert (find_extension(data), found.shown_as if found else None) == (extension, shown)


def test_nothing_that_can_run_a_script_is_shown() -> None:
    assert {one.shown_as.partition("/")[0] for one in TYPES if one.shown_as} == {"image", "video", "audio"}
    assert not [
        one
        for one in TYPES
        if one.shown_as and {"svg", "xml", "html", "pdf"} & {*one.shown_as.replace("+", "/").split("/")}
    ]
