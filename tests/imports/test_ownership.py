"""The owner of a file, by the address in the register, before any capture of that account."""

from __future__ import annotations

import pytest

from recordroom.errors import ImportRefused
from recordroom.imports.contract import About
from recordroom.imports.ownership import refuse_other_account
from tests.imports.reading import account


@pytest.mark.parametrize(
    ("platform", "url", "about"),
    [
        ("instagram", "https://www.instagram.com/district/", About(handle="district")),
        ("tiktok", "https://www.tiktok.com/@district?lang=en", About(handle="district")),
        ("mastodon", "https://social.test/@district/", About(handle="district", server="social.test")),
        ("x", "https://twitter.com/district", About(native_id="9", handle="District")),
        ("youtube", "https://www.youtube.com/channel/UC1-a_b/videos", About(native_id="UC1-a_b")),
        ("bluesky", "https://bsky.app/profile/did:plc:abc", About(native_id="did:plc:abc")),
        (
            "wordpress",
            "https://www.site.test/news/",
            About(native_id="www.site.test/news", server="www.site.test/news"),
        ),
    ],
)
def test_an_address_as_people_write_it_is_the_accounts(platform: str, url: str, about: About) -> None:
    assert refuse_other_account(about, account(platform, url), None, "file.zip") is True


@pytest.mark.parametrize(
    ("platform", "url", "about"),
    [
        ("instagram", "https://www.instagram.com/district/", About(handle="other")),
        ("mastodon", "https://social.test/@district", About(handle="district", server="elsewhere.test")),
        ("youtube", "https://www.youtube.com/channel/UC1", About(native_id="UC2")),
        ("bluesky", "https://bsky.app/profile/did:plc:abc", About(native_id="did:plc:abcd")),
        ("wordpress", "https://site.test/news", About(native_id="site.test", server="site.test")),
        ("wordpress", "https://site.test", About(native_id="site.test/news", server="site.test/news")),
    ],
)
def test_another_account_is_refused(platform: str, url: str, about: About) -> None:
    with pytest.raises(ImportRefused, match="is a file of"):
        refuse_other_account(about, account(platform, url), None, "file.zip")


def test_an_id_and_an_address_with_a_name_cannot_be_compared() -> None:
    assert (
        refuse_other_account(
            About(native_id="UC1"), account("youtube", "https://www.youtube.com/@district"), None, "file.zip"
        )
        is False
    )
