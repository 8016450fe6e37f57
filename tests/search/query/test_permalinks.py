"""A pasted address of a post, or ID of a record, finds what it names, in every form that people copy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from recordroom.errors import QueryError
from recordroom.search.query.permalinks import list_spellings
from recordroom.search.query.query import read
from recordroom.search.searcher import Searcher
from tests.building import DAY, Building, account
from tests.services import S3, Buckets
from tests.viewers import officer

FACEBOOK, BLUESKY = "facebook:104_7001", "bluesky:at://did:plc:amy/app.bsky.feed.post/3lt"
RECORDS = {  # as the platforms write the addresses
    FACEBOOK: "https://www.facebook.com/104/posts/7001",
    "facebook:7001_9": "https://www.facebook.com/104/posts/7001/?comment_id=9",
    "x:2125": "https://x.com/Fircrest/status/2125",
    "youtube:k7Qd": "https://www.youtube.com/watch?v=k7Qd",
    "youtube:Ugx": "https://www.youtube.com/watch?v=k7Qd&lc=Ugx",
    "threads:18": "https://www.threads.com/@fircrest/post/DCa1",
    "instagram:179": "https://www.instagram.com/p/CxY_z/",
    "linkedin:urn:li:share:74": "https://www.linkedin.com/feed/update/urn:li:share:74",
    BLUESKY: "https://bsky.app/profile/did:plc:amy/post/3lt",
    "wordpress:x/posts/1": "https://blog.example.org/Closed/",
    "wordpress:x/comments/2": "https://blog.example.org/Closed/#comment-2",
    'feed:x#it said "no"': "https://news.example.org/1?id=7&x=y",
}
PASTED = [
    *((url, name) for name, url in RECORDS.items()),
    *((name, name) for name in RECORDS if '"' not in name),
    (" https://www.facebook.com/104/posts/7001/?mibextid=abc&__cft__[0]=x ", FACEBOOK),
    ("https://m.facebook.com/Fircrest/posts/7001", FACEBOOK),
    ("https://www.facebook.com/permalink.php?story_fbid=7001&id=104", FACEBOOK),
    ("https://twitter.com/Fircrest/status/2125?s=20&t=abc", "x:2125"),
    ("https://x.com/i/web/status/2125", "x:2125"),
    ("https://x.com/statuses/2125", "x:2125"),
    ("https://twitter.com/Renamed/status/2125/photo/1", "x:2125"),
    ("https://www.threads.com/@renamed/post/DCa1", "threads:18"),
    ("https://www.facebook.com/61550000/posts/7001/?rdid=abc&mibextid=1", FACEBOOK),
    ("https://www.facebook.com/Fircrest/posts/some-words/7001/?rdid=1", FACEBOOK),
    ("https://m.facebook.com/story.php?story_fbid=7001&id=61550000", FACEBOOK),
    ("https://www.facebook.com/104/posts/7001/?comment_id=9&rdid=1", "facebook:7001_9"),
    ("https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A74/?utm_source=x", "linkedin:urn:li:share:74"),
    ("https://www.linkedin.com/embed/feed/update/urn:li:share:74", "linkedin:urn:li:share:74"),
    ("https://youtu.be/k7Qd?si=abc", "youtube:k7Qd"),
    ("https://m.youtube.com/watch?app=desktop&v=k7Qd&t=30", "youtube:k7Qd"),
    ("https://www.youtube.com/shorts/k7Qd", "youtube:k7Qd"),
    ("https://www.threads.net/@fircrest/post/DCa1?xmt=abc", "threads:18"),
    ("https://www.instagram.com/fircrest/p/CxY_z/?igsh=abc", "instagram:179"),
    (
        "https://www.linkedin.com/posts/fircrest_snow-share-74-abCd?utm_source=share&rcm=x",
        "linkedin:urn:li:share:74",
    ),
    ("https://bsky.app/profile/amy.example/post/3lt", BLUESKY),
    (BLUESKY.removeprefix("bluesky:"), BLUESKY),
    ("http://www.blog.example.org/Closed?utm_medium=mail", "wordpress:x/posts/1"),
    ("http://news.example.org/1?id=7&x=y&fbclid=abc", 'feed:x#it said "no"'),
]


@pytest.fixture(scope="module")
def searcher(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("pasted"), elasticsearch)
    platforms = sorted({name.partition(":")[0] for name in RECORDS})
    building.enrol(*(account(platform, platform) for platform in platforms))
    for platform in platforms:
        own = [
            {"record_id": name, "url": url}
            for name, url in RECORDS.items()
            if name.startswith(f"{platform}:")
        ]
        building.capture(platform, own, at=DAY)
    building.index()
    searcher = Searcher(building.settings, building.archive, building.derived)
    yield searcher
    searcher.client.close()


@pytest.mark.parametrize(("pasted", "name"), PASTED)
def test_what_is_pasted_is_the_query_that_finds_it(searcher: Searcher, pasted: str, name: str) -> None:
    query = read(pasted)
    assert query.understood.startswith(("url is", "record_id is")), query.understood
    assert read(query.text) == query
    for text in (pasted, query.text):
        assert [hit.record["record_id"] for hit in searcher.page(text, viewer=officer(searcher)).hits] == [
            name
        ]


def test_an_address_says_how_what_names_it_is_found() -> None:
    """In a list of terms it finds nothing where it is no post's, though many may have it in their words."""
    for text in ("https://www.district.test/routes", 'snow url:"https://www.district.test/routes"'):
        assert (
            "To search for text that contains the address, put it in quotes; for links to it, use link:"
            in read(text).understood
        )
    for text in ('"https://www.district.test/routes"', "snow", "bluesky:x"):
        assert "An address finds its post" not in read(text).understood


def test_other_texts_are_mended_as_before() -> None:
    for text, suggestion in (
        ("see https://x.y/z now", 'see "https://x.y/z" now'),
        ("facebook:snow closed", '"facebook:snow" closed'),
        ("https://“", '"https://"'),
    ):
        with pytest.raises(QueryError) as refused:
            read(text)
        assert refused.value.suggestion == suggestion
    assert list_spellings("https://x.com/**a**/status/12")[1] == [], (
        "a star that somebody types stands for itself"
    )
    assert list_spellings("not an address") == (["not an address"], [])
    assert list_spellings("http://[bad") == (["http://[bad"], [])
