"""A feed to request, and feeds of one entry to read."""

from __future__ import annotations

from pathlib import Path

from recordroom.model import Exchange, Identity, Record
from recordroom.platforms import feed
from recordroom.platforms.contract import Window
from tests.platforms.scripted import Scripted, account

HERE = Path(__file__).parent
URL = "https://news.example.org/feed/"
ENTRY = account("feed", URL, Identity("news.example.org/feed", "news.example.org/feed"))
RSS = (HERE / "ordinary.xml").read_bytes()
NAMESPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)


def fetched(client: Scripted, window: Window) -> list[Exchange]:
    return list(feed.fetch(ENTRY, window, client))


def parsed(body: bytes, url: str = URL, **headers: str) -> list[Record]:
    given_headers = tuple((k.replace("_", "-"), v) for k, v in headers.items())
    return list(
        feed.parse(Exchange("GET", url, 200, given_headers, body, {"server": "news.example.org/feed"}))
    )


def item(inner: str, outer: str = "") -> bytes:
    return (
        '<?xml version="1.0"?><rss'
        f' version="2.0"><channel><title>T</title>{outer}<item>{inner}</item></channel></rss>'.encode()
    )


def read(inner: str) -> Record:
    return parsed(item(f"<guid>1</guid>{inner}").replace(b"<rss ", f"<rss {NAMESPACES} ".encode()))[1]


def atom(inner: str) -> Record:
    return parsed(
        "<feed"
        f' xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>T</title><entry><id>1</id>{inner}</entry></feed>'.encode()
    )[1]
