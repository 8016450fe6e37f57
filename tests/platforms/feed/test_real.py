"""The feeds of a real WordPress."""

from __future__ import annotations

from typing import Any

import httpx

from recordroom.capture.http.addresses import private_servers
from recordroom.capture.http.client import HttpClient
from recordroom.platforms import feed
from recordroom.platforms.contract import Window
from tests.platforms.scripted import account
from tests.services import WordPressSite


def test_the_feeds_of_a_real_wordpress(wordpress: WordPressSite) -> None:
    api = httpx.Client(base_url=wordpress.api, auth=(wordpress.user, wordpress.password), timeout=60)
    made: dict[str, Any] = api.post(
        "/posts", json={"title": "Snow & ice", "content": "<p>Closed 😀</p>", "status": "publish"}
    ).json()
    comment = {
        "post": made["id"],
        "content": "When?",
        "author_name": "Ann",
        "author_email": "a@example.org",
        "status": "approved",
    }
    assert api.post("/comments", json=comment).is_success
    client = HttpClient(
        contact="records@example.org", limit=10**7, private=private_servers(account("feed", wordpress.url))
    )
    for path in (
        "/feed/",
        "/feed/atom/",
        "/feed/rdf/",
        "/feed/rss/",
        "/comments/feed/",
        "/comments/feed/atom/",
        "/?feed=rss2",
    ):
        entry = account("feed", wordpress.url + path)
        entry = entry.with_identity(feed.identify(entry, client))
        [exchange] = feed.fetch(entry, Window("recent"), client)
        profile, *records = feed.parse(exchange)
        assert profile.kind == "profile"
        assert [r.leftover for r in (profile, *records) if r.leftover] == [], path
        if "comments" in path:
            assert any(r.kind == "comment" and (r.text or "").endswith("When?") for r in records), path
        else:
            found = next(r for r in records if r.title == "Snow & ice")
            assert found.text == "Closed 😀", path
        tags = {
            exchange.url: {
                "etag": exchange.header("etag") or "",
                "last-modified": exchange.header("last-modified") or "",
            }
        }
        [again] = feed.fetch(entry, Window("recent", validators=tags), client)
        assert again.status == 304, path
