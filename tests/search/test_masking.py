"""Texts of gaps and failures for restricted viewers: complete, without the names of hidden records and
accounts.
"""

from __future__ import annotations

import pytest

from recordroom.search.masking import make_mask

HIDDEN = (
    "x:2222222222",
    "facebook:1_998877",
    "bluesky:at://did:plc:abc/app.bsky.feed.post/3kxyzhidden",
    "feed:b.example#https://b.example/2026/a-post/",
    "linkedin:urn:li:comment:(urn:li:activity:7123456,7654321)",
    "wordpress:x/comments/2",
)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("https://api.x.com/2/tweets?ids=1111111111,2222222222: HTTP 500", "https://api.x.com/…: HTTP 500"),
        ("https://x.com/a/status/2222222222 and x:2222222222", "https://x.com/… and a record"),
        (
            "GET https://graph.facebook.com/v25.0?ids=1_998877,2: HTTP 400: no '1_998877'",
            "GET https://graph.facebook.com/…: HTTP 400: no 'a record'",
        ),
        ("998877 and 1998877, 2222222222-3", "a record and 1998877, a record"),
        (
            "at://did:plc:abc/app.bsky.feed.post/3kxyzhidden: RecordNotFound: 3kxyzhidden",
            "at://…: RecordNotFound: a record",
        ),
        ("bluesky:at://did:plc:abc/app.bsky.feed.post/3kxyzhidden", "a record"),
        (
            "to bluesky:at://did:plc:abc/app.bsky.feed.post/3kother, too",
            "to bluesky:at://did:plc:abc/app.bsky.feed.post/3kother, too",
        ),
        (
            "feed:b.example#https://b.example/2026/a-post/ and feed:b.example#https://b.example/b/",
            "a record and feed:b.example#https://b.example/b/",
        ),
        (
            "https://api.linkedin.com/rest/x?ids=List((a:urn%3Ali%3Ashare%3A5)): HTTP 403",
            "https://api.linkedin.com/…)): HTTP 403",
        ),
        (
            "(https://x.example/?p=1), 'https://a.b:8080/c' and https://y/z.",
            "(https://x.example/…), 'https://a.b:8080/…' and https://y/….",
        ),
        (
            "https://x.example is away, http://[::1]:80/x too",
            "https://x.example is away, http://[::1]:80/… too",
        ),
        ("HTTPS://API.X.COM?ids=2", "HTTPS://API.X.COM/…"),
        (
            "2 answers to wordpress:x/comments/2, none to wordpress:x/comments/22",
            "2 answers to a record, none to wordpress:x/comments/22",
        ),
        ("7654321 at board, not at board-2; 7123456", "a record at an account, not at board-2; 7123456"),
    ],
)
def test_words_for_those_who_may_not_see_all_name_nothing_that_is_there(words: str, told: str) -> None:
    unnamed = make_mask(HIDDEN, ("board",))
    assert unnamed(words) == told
    assert unnamed(told) == told, "a receipt that was shown so before is shown as it was"
