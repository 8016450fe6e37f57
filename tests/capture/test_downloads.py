"""Responses of a server in place of a file."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from recordroom.capture.http.downloads import FIRST_BYTES, identify_substitute
from tests.capture.stage import US, opened
from tests.services import S3, Buckets

PAGE = b"<!doctype html><title>Sign in</title>"
ERROR = b"<Error><Code>AccessDenied</Code></Error>"
DENIED = b"Access denied"
SVG = b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000")


@pytest.mark.parametrize(
    ("kind", "declared", "head", "found"),
    [
        ("image", "Text/HTML; charset=utf-8", b"Sign in", "a web page"),
        ("image", "application/xhtml+xml", b"<html>Sign in", "a web page"),
        ("image", "image/jpeg", PAGE, "a web page"),
        ("video", "", b"\xef\xbb\xbf\n" + PAGE.upper(), "a web page"),
        ("document", "application/pdf", PAGE, "a web page"),
        ("image", "application/xml", ERROR, "text"),
        ("audio", "", ERROR, "text"),
        ("image", "application/json", b'{"error": "expired"}', "text"),
        ("image", "image/png", b'[{"error": "expired"}]', "text"),
        ("image", "text/plain", DENIED, "text"),
        ("image", "image/png", b"<!---->" * 9_000, "text"),
        ("image", "image/png", b"<!-- a -->\n" * 4_000 + b"<html>", "a web page"),
        ("image", "text/plain", ("é" * FIRST_BYTES).encode()[: FIRST_BYTES - 1], "text"),
        ("image", "text/plain", JPEG, ""),
        ("image", "image/jpeg", JPEG, ""),
        ("image", "", JPEG, ""),
        ("image", "text/xml", SVG, ""),
        ("image", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'>", ""),
        ("video", "application/vnd.apple.mpegurl", b"#EXTM3U\n", ""),
        ("document", "text/plain", DENIED, ""),
        ("document", "application/json", b"{}", ""),
        ("captions", "text/vtt", b"WEBVTT\n\n<c>", ""),
    ],
)
def test_words_are_no_picture_and_no_film(kind: str, declared: str, head: bytes, found: str) -> None:
    assert identify_substitute(kind, declared, head) == found


def test_a_page_in_the_place_of_a_picture_is_not_kept_and_the_picture_is_once_it_is_there(
    s3: S3, shared: Buckets, tmp_path: Path
) -> None:
    play = opened(s3, shared, tmp_path)
    play.network.publish(US, "A post", photos=[play.network.photo("mastodon", "Snow")])
    with play.between.meanwhile(
        "/media", lambda _, __: httpx.Response(200, headers={"Content-Type": "image/jpeg"}, content=PAGE)
    ):
        play.sound("full")
    [media] = play.rows("media")[0]["media"]
    assert (media["sha256"], media["missing_reason"]) == (
        None,
        "not fetched: the server sent a web page instead of the file",
    )
    play.sound("full")
    [media] = play.rows("media")[-1]["media"]
    assert media["sha256"]
    assert media["missing_reason"] is None
