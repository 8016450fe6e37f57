"""Files that do not come: they are named, requested again, and never with credentials for another host."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from recordroom.archive.media import key_of
from recordroom.canonical import sha256
from recordroom.capture.credentials import tokens
from recordroom.capture.http import slow_servers
from recordroom.capture.http.addresses import CheckedNetwork
from tests.capture.faults.answers import Stream, altered, always, cut, raising
from tests.capture.stage import US, Play
from tests.fault_transport import Answer


def elsewhere(to: str, requests: list[httpx.Request]) -> Answer:
    """Return a redirect to another host; `requests` has the requests that arrive there.

    The sandbox answers under any name.
    """

    def answer(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        requests.append(request)
        return (
            real()
            if "cdn" in request.url.host
            else httpx.Response(302, headers={"location": to.format(path=request.url.path)})
        )

    return answer


def real_network(url: str) -> Answer:
    """Use the client's own network for a redirect that leads out of the sandbox."""
    network = slow_servers.TimedTransport(ssl.create_default_context(), CheckedNetwork(()))

    def answer(request: httpx.Request, _: Callable[[], httpx.Response]) -> httpx.Response:
        return network.handle_request(httpx.Request("GET", url, extensions=request.extensions))

    return answer


MEDIA: dict[str, tuple[Answer, str]] = {
    "not there": (always(404), "HTTP status 404"),
    "a web page": (
        always(200, "<html>Sign in</html>", content_type="text/html; charset=utf-8"),
        "a web page",
    ),
    "empty": (always(200, b"", content_type="image/jpeg"), "empty file"),
    "too large, as it says": (
        always(200, b"x", content_type="image/jpeg", content_length="5000"),
        "too large",
    ),
    "too large": (
        lambda _r, _a: httpx.Response(200, stream=Stream(lambda: iter([b"x" * 600] * 2))),
        "too large",
    ),
    "cut": (cut, "RemoteProtocolError"),
    "not as it is coded": (always(200, b"zzz", content_encoding="gzip"), "DecodingError"),
    "no connection": (raising(httpx.ConnectError), "ConnectError"),
    "at a private address": (real_network("http://127.0.0.1:1/secret.jpg"), "private address"),
    "at the cloud's own address": (
        real_network("http://169.254.169.254/latest/meta-data"),
        "private address",
    ),
    "no valid web address": (always(302, location="file:///etc/passwd"), "no valid web address"),
    "at an address that is none": (always(302, location="http://[::1"), "Invalid URL in location header"),
    "round and round": (
        lambda r, _: httpx.Response(302, headers={"location": str(r.url)}),
        "more than 5 times",
    ),
}


@pytest.mark.parametrize("fault", MEDIA)
def test_a_file_that_does_not_come_is_named_and_asked_for_again(long: Play, fault: str) -> None:
    post = long.network.publish(US, f"A file {fault}", photos=[long.network.photo("mastodon", "A road")])
    answered, words = MEDIA[fault]
    with long.between.meanwhile("/media_attachments/", answered):
        long.sound()
    [row] = [r for r in long.rows() if r["text"] == post.now.text]
    assert row["media"][0]["sha256"] is None
    assert words in row["media"][0]["missing_reason"]
    long.sound("full")
    first, second = [r for r in long.rows() if r["text"] == post.now.text]
    assert (second["changed"], second["version"]) == (["media_bytes"], first["version"])
    assert second["media"][0]["sha256"] is not None
    assert second["media"][0]["missing_reason"] is None


def test_an_ordinary_capture_does_not_ask_for_a_missing_file_again(play: Play) -> None:
    play.network.publish(US, "Snow on the road", photos=[play.network.photo("mastodon", "A road")])
    with play.between.meanwhile("/media_attachments/", always(404)):
        play.sound()
    asked = len(play.between.asked)
    play.sound()
    assert not any("/media_attachments/" in url for url in play.between.asked[asked:])
    assert len(play.rows()) == 1


def test_a_file_elsewhere_is_fetched_without_credentials(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "a-token-for-one-host-only"
    play.network.grant("mastodon", token, US)
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": token})
    play.network.publish(US, "Snow on the road", photos=[play.network.photo("mastodon", "A road")])
    requests: list[httpx.Request] = []
    with play.between.meanwhile("/media_attachments/", elsewhere("http://cdn.example.test{path}", requests)):
        play.sound()
    assert play.rows()[0]["media"][0]["sha256"] is not None
    assert [r.url.host for r in requests] == ["social.test", "cdn.example.test"]
    assert not any("authorization" in r.headers for r in requests)


def test_a_picture_that_does_not_come_takes_no_other_file_with_it(play: Play) -> None:
    """A server sends the same text in place of two files.

    In place of a document, that may be the document. In place of an image, it is not.
    """
    network, words = play.network, '{"error": "gone"}'
    network.publish(US, "A picture", photos=[network.photo("mastodon", "A road")])
    network.publish(US, "A document", photos=[network.photo("mastodon", "A timetable")])

    def as_document(page: Any) -> Any:
        for status in page:
            if "A document" in status["content"]:
                status["media_attachments"][0]["type"] = "unknown"
        return page

    with play.between.meanwhile("/media_attachments/", always(200, words, content_type="application/json")):
        play.between.rules.append(("/statuses?", altered(as_document)))
        play.sound()
    document, picture = (
        next(r for r in play.rows() if r["text"] == text)["media"][0] for text in ("A document", "A picture")
    )
    assert picture["missing_reason"] == "not fetched: the server sent text instead of the file"
    assert document["sha256"] == sha256(words.encode())
    assert play.archive.archive.find(key_of(document["sha256"])) == words.encode()
