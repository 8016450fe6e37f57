"""The account that a permalink belongs to.

It follows from the host and the names in the permalink, or else from a request to each possible account.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from infra.sandbox.faces import create_app, native_id
from infra.sandbox.model import Post, Video
from infra.sandbox.network import Network
from recordroom.capture.credentials import tokens
from recordroom.capture.permalink.attribution import OTHERWISE, find_accounts
from recordroom.capture.permalink.capture import capture_first_match
from recordroom.errors import UsageError
from recordroom.platforms.registry import list_names
from tests.archives import TestArchive, make, register_of
from tests.services import S3, Buckets

REGISTER = register_of(
    {"id": "blog", "platform": "wordpress", "url": "https://blog.test", "api_url": "http://127.0.0.1:8088"},
    {"id": "sports", "platform": "wordpress", "url": "https://blog.test/sports"},
    {"id": "news", "platform": "feed", "url": "https://blog.test/news/feed"},
    {"id": "sky", "platform": "bluesky", "url": "https://bsky.app/profile/district.test"},
    {"id": "town", "platform": "mastodon", "url": "https://social.test/@town"},
    {"id": "school", "platform": "mastodon", "url": "https://social.test/@school", "formerly": ["https://old.test/@school"]},
    {"id": "page", "platform": "facebook", "url": "https://www.facebook.com/fircrest"},
    {"id": "gram", "platform": "instagram", "url": "https://www.instagram.com/fircrest"},
    {"id": "threads", "platform": "threads", "url": "https://www.threads.com/@fircrest"},
    {"id": "tube", "platform": "youtube", "url": "https://www.youtube.com/@fircrest"},
    {"id": "linked", "platform": "linkedin", "url": "https://www.linkedin.com/company/fircrest"},
    {"id": "work", "platform": "linkedin", "url": "https://www.linkedin.com/company/fircrest-jobs"},
    {"id": "vimeo", "platform": "vimeo", "url": "https://vimeo.com/fircrest"},
    {"id": "x", "platform": "x", "url": "https://x.com/fircrest"},
    {"id": "tok", "platform": "tiktok", "url": "https://www.tiktok.com/@fircrest"},
    {"id": "kept", "platform": "ning", "url": "https://ning.test/fircrest", "import_only": True},
)  # fmt: skip


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://blog.test/2026/11/closed/#comment-3", "blog"),
        ("http://www.blog.test/2026/11/closed/", "blog"),
        ("https://BLOG.test:443/sports/2026/11/game/", "sports"),
        ("http://127.0.0.1:8088/?p=3", "blog"),
        ("at://did:plc:abc/app.bsky.feed.post/3k", "sky"),
        ("https://social.test/@school/77", "school"),
        ("https://social.test/users/School/statuses/77", "school"),
        ("https://old.test/@school/77", "school"),
        ("https://m.facebook.com/story.php?story_fbid=1&id=100", "page"),
        ("https://web.facebook.com/fircrest/posts/1", "page"),
        ("https://facebook.com/fircrest/posts/1", "page"),
        ("https://instagram.com/p/C1", "gram"),
        ("https://www.threads.net/@fircrest/post/D1", "threads"),
        ("https://youtu.be/dQw4w9WgXcQ", "tube"),
        ("https://m.youtube.com/watch?v=dQw4w9WgXcQ", "tube"),
        ("https://music.youtube.com/watch?v=dQw4w9WgXcQ", "tube"),
        ("https://studio.youtube.com/video/dQw4w9WgXcQ/comments", "tube"),
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "tube"),
        ("https://de.linkedin.com/posts/fircrest-jobs_hiring-activity-7-aBc1", "work"),
        ("https://www.linkedin.com/posts/fircrest_closed-activity-7-aBc1", "linked"),
        ("https://player.vimeo.com/video/31", "vimeo"),
        ("https://twitter.com/fircrest/status/1", "x"),
        ("https://mobile.twitter.com/fircrest/status/1", "x"),
        ("https://m.tiktok.com/v/1.html", "tok"),
        ("https://ning.test/fircrest/1", "kept"),
    ],
)
def test_the_likeliest_is_the_first(url: str, found: str) -> None:
    assert find_accounts(REGISTER, url)[0].id == found


def test_who_is_closed_is_asked_last() -> None:
    closed = [replace(a, closed_on="2026-01-01") if a.id == "town" else a for a in REGISTER.accounts]
    found = find_accounts(replace(REGISTER, accounts=tuple(closed)), "https://social.test/web/statuses/77")
    assert [a.id for a in found] == ["school", "town"]


def test_where_the_address_names_nobody_it_may_be_of_each() -> None:
    assert [a.id for a in find_accounts(REGISTER, "https://social.test/web/statuses/77")] == [
        "town",
        "school",
    ]
    assert {a.id for a in find_accounts(REGISTER, "https://www.linkedin.com/feed/update/urn:li:share:7")} == {
        "linked",
        "work",
    }


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://else.test/1", "the register has no account at else.test"),
        ("https://notx.com/fircrest/status/1", "the register has no account at notx.com"),
        ("blog.test/1", "not an address"),
        ("https://t.co/abc", "only leads to another address"),
        ("https://fb.watch/abc", "only leads to another address"),
        ("https://lnkd.in/abc", "only leads to another address"),
        ("https://www.instagram.com/share/p/BAbc", "only leads to another address"),
        ("https://else.test/@parent/77", "is on another server than Test account"),
    ],
)
def test_what_is_of_nobody(url: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        find_accounts(REGISTER, url)


def test_what_to_do_then_is_said_by_whoever_asks() -> None:
    """The caller adds what to do then: a page has no command line."""
    for given, mend in (
        ((), OTHERWISE),
        (("Name the account: recordroom capture --url",), "Name the account: recordroom capture --url"),
    ):
        with pytest.raises(UsageError) as refused:
            find_accounts(REGISTER, "https://else.test/1", *given)
        assert (refused.value.mend, "recordroom" in OTHERWISE) == (mend, False)


def test_the_address_of_an_account_is_at_its_platform() -> None:
    """Otherwise people could not submit a permalink of its posts."""
    by_platform = {a.platform: a for a in REGISTER.accounts if a.platform in list_names()}
    assert set(by_platform) == set(list_names())
    for account in by_platform.values():
        assert account in find_accounts(REGISTER, account.url)


# -- each is asked
# ------------------------------------------------------------------------------------------------------------

DISTRICT, SCHOOL, ANA, KEY = "youtube/district", "youtube/school", "youtube/ana", "the-projects-key"


@pytest.fixture
def network() -> Network:
    network = Network(datetime.now(UTC).replace(microsecond=0))
    network.place("youtube", "YouTube", host="www.youtube.com")
    for key in (DISTRICT, SCHOOL, ANA):
        network.account(key, key.rpartition("/")[2].title(), staff=key != ANA)
    network.grant("youtube", KEY, "")
    return network


@pytest.fixture
def archive(
    s3: S3, buckets: Buckets, tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> TestArchive:
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"key": KEY})
    entries = [
        {
            "id": n,
            "platform": "youtube",
            "url": f"https://www.youtube.com/@{n}",
            "api_url": "http://tube.test",
        }
        for n in ("district", "school")
    ]
    return make(
        s3, buckets, tmp_path, *entries, transport=httpx.WSGITransport(create_app(network, "youtube"))
    )


def film(network: Network, whose: str) -> Post:
    return network.publish(whose, "The levy", title="The levy", video=Video(60))


def address(network: Network, post: Post) -> str:
    return f"https://youtu.be/{native_id(network, post)}"


def test_the_account_that_it_is_of_captures_it_and_the_others_hold_nothing(
    archive: TestArchive, network: Network
) -> None:
    post = film(network, SCHOOL)
    network.comment(ANA, post, "When?")
    url = address(network, post)
    outcome, receipt = capture_first_match(
        archive.place, archive.register, find_accounts(archive.register, url), url
    )
    assert (outcome.account, outcome.failure, receipt.lacking, dict(receipt.kinds)) == (
        "school",
        None,
        [],
        {"post": 1, "comment": 1},
    )
    assert archive.manifests("district") == []


def test_what_cannot_be_taken_is_refused_before_anybody_is_asked(archive: TestArchive) -> None:
    """On X, for example, every response costs money."""
    nobody = replace(
        archive.place, transport=httpx.MockTransport(lambda request: pytest.fail(str(request.url)))
    )
    with pytest.raises(UsageError, match="is a clip"):
        capture_first_match(
            nobody, archive.register, [archive.account("district")], "https://www.youtube.com/clip/Ugkx1"
        )


def test_what_is_of_none_of_them_is_told_of_each(archive: TestArchive, network: Network) -> None:
    url = address(network, film(network, ANA))
    with pytest.raises(UsageError, match=r"does not belong to any of district, school"):
        capture_first_match(archive.place, archive.register, find_accounts(archive.register, url), url)


def test_one_that_cannot_be_asked_hides_no_other_and_may_be_the_one(
    archive: TestArchive, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        tokens, "resolve", lambda account, *_: {"key": KEY if account.id == "school" else "a dead key"}
    )
    asked = list(archive.register.accounts)
    outcome, _ = capture_first_match(
        archive.place, archive.register, asked, address(network, film(network, SCHOOL))
    )
    assert (outcome.account, outcome.failure) == ("school", None)
    outcome, _ = capture_first_match(
        archive.place, archive.register, asked, address(network, film(network, DISTRICT))
    )
    assert outcome.account == "district"
    assert "API key not valid" in (outcome.failure or "")


def test_an_account_that_a_post_only_names_is_not_taken_for_whose_it_is(
    s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archive may hold that post alone, and no conversation around it."""
    network = Network(datetime.now(UTC).replace(microsecond=0))
    network.place("x", "X", host="x.com")
    for key in ("x/district", "x/school", "x/ana"):
        network.account(key, key.rpartition("/")[2].title(), staff=key != "x/ana")
    network.grant("x", KEY, "")
    post = network.publish("x/school", "Buses are late, says @district")
    network.comment("x/ana", post, "How late?")
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": KEY})
    entries = [
        {"id": name, "platform": "x", "url": f"https://x.com/{name}", "api_url": "http://x.test"}
        for name in ("district", "school")
    ]
    archive = make(s3, buckets, tmp_path, *entries, transport=httpx.WSGITransport(create_app(network, "x")))
    url = f"https://x.com/i/status/{native_id(network, post)}"
    asked = find_accounts(archive.register, url)
    outcome, receipt = capture_first_match(archive.place, archive.register, asked, url)
    assert ([a.id for a in asked], outcome.account, dict(receipt.kinds)) == (
        ["district", "school"],
        "school",
        {"post": 1, "comment": 1},
    )
    outcome, receipt = capture_first_match(archive.place, archive.register, asked[:1], url)
    assert (outcome.account, dict(receipt.kinds)) == ("district", {"comment": 1})
