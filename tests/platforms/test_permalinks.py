"""Each form in which people copy the address of a post: the request for it, or the words of the refusal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom.errors import UsageError
from recordroom.platforms import permalinks
from recordroom.platforms.bluesky import platform as bluesky
from recordroom.platforms.facebook import platform as facebook
from recordroom.platforms.instagram import platform as instagram
from recordroom.platforms.linkedin import platform as linkedin
from recordroom.platforms.mastodon import platform as mastodon
from recordroom.platforms.registry import list_names, load
from recordroom.platforms.threads import platform as threads
from recordroom.platforms.tiktok import platform as tiktok
from recordroom.platforms.vimeo import platform as vimeo
from recordroom.platforms.wordpress import platform as wordpress
from recordroom.platforms.x import platform as x
from recordroom.platforms.youtube import platform as youtube

BLOG = ["https://blog.example.org", "http://127.0.0.1:8088"]
ASKED: dict[str, Callable[[str], Any]] = {
    "bluesky": bluesky.post_in,
    "facebook": lambda url: facebook.post_in(url, "100"),
    "instagram": instagram.post_in,
    "linkedin": linkedin.post_in,
    "mastodon": lambda url: mastodon.post_in(
        url, ["https://social.example/@district", "http://127.0.0.1:8709/mastodon"]
    ),
    "threads": threads.post_in,
    "tiktok": tiktok.post_in,
    "vimeo": vimeo.post_in,
    "wordpress": lambda url: wordpress.post_in(url, BLOG).number or wordpress.post_in(url, BLOG).path,
    "x": x.post_in,
    "youtube": youtube.post_in,
}
VIDEO = "dQw4w9WgXcQ"
TAKEN: dict[str, dict[Any, str]] = {  # request -> addresses
    "bluesky": {
        ("district.example", "3kxyz"): """
            https://bsky.app/profile/district.example/post/3kxyz
            http://www.bsky.app/profile/district.example/post/3kxyz/?ref=x#top
            https://bsky.app/profile/district.example/post/3kxyz/liked-by
        """,
        ("did:plc:abc", "3kxyz"): """
            https://bsky.app/profile/did:plc:abc/post/3kxyz
            https://bsky.app/profile/did%3Aplc%3Aabc/post/3kxyz
            at://did:plc:abc/app.bsky.feed.post/3kxyz
            https://embed.bsky.app/embed/did:plc:abc/app.bsky.feed.post/3kxyz
        """,
    },
    "facebook": {
        ("post", "1"): """
            https://www.facebook.com/fircrest/posts/1
            https://facebook.com/fircrest/posts/the-buses-are-late/1/?comment_id=10
            https://m.facebook.com/story.php?story_fbid=1&id=100
            https://web.facebook.com/permalink.php?story_fbid=1&id=100&__tn__=x
            https://mbasic.facebook.com/story.php?story_fbid=1&id=100
            https://es-la.facebook.com/100/posts/1
            http://fb.com/fircrest/posts/1
        """,
        ("listed", "1"): "https://m.facebook.com/story.php?story_fbid=1&id=100099",
        ("listed", "pfbid02abc"): """
            https://www.facebook.com/fircrest/posts/pfbid02abc
            https://www.facebook.com/fircrest/posts/the-buses-are-late/pfbid02abc?locale=en_US
            https://www.facebook.com/permalink.php?story_fbid=pfbid02abc&id=100099
        """,
        ("photo", "40"): """
            https://www.facebook.com/photo.php?fbid=40
            https://www.facebook.com/photo/?fbid=40&set=pcb.1
            https://m.facebook.com/photo.php?fbid=40&id=100099&set=a.1
            https://www.facebook.com/fircrest/photos/a.441/40/?type=3
            https://www.facebook.com/fircrest/photos/40
        """,
        ("video", "50"): """
            https://www.facebook.com/reel/50/?s=single_unit
            https://www.facebook.com/fircrest/videos/50/
            https://www.facebook.com/fircrest/videos/a-title/50/
            https://www.facebook.com/watch/?v=50
            https://www.facebook.com/watch/live/?v=50&ref=watch_permalink
            https://m.facebook.com/video.php?v=50
        """,
    },
    "instagram": {
        ("C1-_x", "media"): """
            https://www.instagram.com/p/C1-_x/
            https://instagram.com/p/C1-_x?igsh=MzRlODBiNWFlZA==
            https://www.instagram.com/reel/C1-_x/?utm_source=ig_web_copy_link
            https://www.instagram.com/reels/C1-_x/
            https://www.instagram.com/tv/C1-_x
            https://www.instagram.com/fircrestschools/p/C1-_x/?img_index=2
            https://www.instagram.com/fircrestschools/reel/C1-_x/
            https://www.instagram.com/p/C1-_x/c/17900000000000000/
            https://www.instagram.com/p/C1-_x/c/17900000000000000/r/17900000000000001/
            https://www.instagram.com/p/C1-_x/comments/
            https://www.instagram.com/p/C1-_x/embed/captioned/
            http://instagr.am/p/C1-_x/
        """,
        ("3100", "stories"): "https://www.instagram.com/stories/fircrestschools/3100/?igsh=x",
    },
    "linkedin": {
        "urn:li:share:7": """
            https://www.linkedin.com/feed/update/urn:li:share:7
            https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7/?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A1%2C2%29
            https://www.linkedin.com/embed/feed/update/urn:li:share:7
            https://linkedin.com/posts/fircrest_share-7-xYz_
        """,
        "urn:li:activity:7": """
            https://de.linkedin.com/feed/update/urn:li:activity:7/
            https://www.linkedin.com/posts/fircrest_schools-closed-activity-7-aBc1?utm_source=share&utm_medium=member_desktop
            https://www.linkedin.com/posts/fircrest_a-share-2026-of-the-levy-activity-7-aBc1
            https://www.linkedin.com/posts/activity-7-aBc1
            https://www.linkedin.com/feed/?highlightedUpdateUrn=urn%3Ali%3Aactivity%3A7&origin=x
        """,
        "urn:li:ugcPost:7": """
            https://www.linkedin.com/video/live/urn:li:ugcPost:7/
            https://www.linkedin.com/video/event/urn:li:ugcPost:7/
            https://www.linkedin.com/posts/fircrest_board-ugcPost-7-q9Zx/
        """,
        "urn:li:groupPost:5-7": "https://www.linkedin.com/feed/update/urn:li:groupPost:5-7/",
    },
    "mastodon": {
        "77": """
            https://social.example/@district/77
            http://social.example/@district/77/?x=1#y
            https://social.example/@parent@elsewhere.example/77
            https://social.example/users/district/statuses/77
            https://social.example/web/statuses/77
            https://social.example/web/@district/77
            https://social.example/deck/@district/77
            https://social.example/@district/77/embed
            http://127.0.0.1:8709/mastodon/@district/77
        """,
    },
    "threads": {
        "D1": """
            https://www.threads.com/@fircrestschools/post/D1
            https://threads.net/@fircrestschools/post/D1/?xmt=AQ
            https://www.threads.com/%40fircrestschools/post/D1/media
            https://www.threads.net/t/D1
        """,
    },
    "tiktok": {
        "7000000000000000001": """
            https://www.tiktok.com/@fircrestschools/video/7000000000000000001?is_from_webapp=1&sender_device=pc
            https://tiktok.com/@fircrestschools/photo/7000000000000000001/
            https://www.tiktok.com/@/video/7000000000000000001
            https://m.tiktok.com/@fircrestschools/video/7000000000000000001
            https://m.tiktok.com/v/7000000000000000001.html?u_code=x
            https://www.tiktok.com/embed/v2/7000000000000000001
            https://www.tiktok.com/player/v1/7000000000000000001?music_info=1
        """,
    },
    "vimeo": {
        "31": """
            https://vimeo.com/31
            http://www.vimeo.com/31/8f2b11c0aa
            https://vimeo.com/31?share=copy&h=8f2b11c0aa#comment_10
            https://player.vimeo.com/video/31?h=8f2b11c0aa
            https://vimeo.com/channels/fircrest/31
            https://vimeo.com/groups/schools/videos/31
            https://vimeo.com/ondemand/schools/31
            https://vimeo.com/showcase/5/video/31
            https://vimeo.com/showcase/5?video=31
            https://vimeo.com/album/5/video/31
            https://vimeo.com/event/5/videos/31/
            https://vimeo.com/user100/review/31/8f2b11c0aa
            https://vimeo.com/reviews/0a1b-2c/videos/31
            https://vimeo.com/manage/videos/31/8f2b11c0aa
        """,
    },
    "wordpress": {
        "/2026/11/snow": """
            https://blog.example.org/2026/11/snow/
            http://www.blog.example.org/2026/11/snow#comment-3
            https://blog.example.org/2026/11/snow/comment-page-2/#comment-3
            https://blog.example.org/2026/11/snow/?utm_source=mail
            http://127.0.0.1:8088/2026/11/snow/amp/
        """,
        "3": """
            https://blog.example.org/?p=3
            https://blog.example.org/?page_id=3&preview=true
            https://blog.example.org/wp-admin/post.php?post=3&action=edit
        """,
    },
    "x": {
        "1800000000000000001": """
            https://x.com/FircrestSchools/status/1800000000000000001
            https://twitter.com/FircrestSchools/status/1800000000000000001?s=20&t=abc
            https://www.x.com/FircrestSchools/statuses/1800000000000000001/
            https://mobile.twitter.com/FircrestSchools/status/1800000000000000001
            https://mobile.x.com/FircrestSchools/status/1800000000000000001
            https://m.twitter.com/FircrestSchools/status/1800000000000000001
            https://x.com/i/status/1800000000000000001
            https://x.com/i/web/status/1800000000000000001
            https://x.com/FircrestSchools/status/1800000000000000001/photo/1
            https://x.com/FircrestSchools/status/1800000000000000001/quotes
            http://twitter.com/statuses/1800000000000000001
        """,
    },
    "youtube": {
        VIDEO: f"""
            https://www.youtube.com/watch?v={VIDEO}
            https://youtube.com/watch?app=desktop&v={VIDEO}&lc=Ugx
            http://m.youtube.com/watch/?v={VIDEO}&t=10s#x
            https://music.youtube.com/watch?v={VIDEO}&si=abc
            https://youtu.be/{VIDEO}?si=abc
            https://youtu.be/{VIDEO}/
            https://www.youtube.com/shorts/{VIDEO}?feature=share
            https://www.youtube.com/live/{VIDEO}/
            https://www.youtube.com/embed/{VIDEO}
            https://www.youtube-nocookie.com/embed/{VIDEO}
            https://studio.youtube.com/video/{VIDEO}/comments
            https://studio.youtube.com/video/{VIDEO}/edit
        """,
    },
}  # fmt: skip
SHORT, NONE = "Open it in a browser, and copy the address of the page that opens", "is not the address of"
REFUSED: dict[str, dict[str, str]] = {  # words of the refusal -> addresses
    "bluesky": {NONE: "https://bsky.app/profile/district.example https://notbsky.app/profile/a.b/post/c at://did:plc:abc https://go.bsky.app/x"},
    "facebook": {
        SHORT: """
            https://www.facebook.com/share/p/1AbCdEf/ https://www.facebook.com/share/1AbCdEf/ https://m.facebook.com/share/v/1AbCdEf/
            https://www.facebook.com/share/r/1AbCdEf/ https://fb.watch/abc/ https://fb.me/abc https://l.facebook.com/l.php?u=x
        """,
        "Open the post on Facebook itself": "https://business.facebook.com/latest/posts/published_posts?asset_id=100",
        "is in a group": "https://www.facebook.com/groups/5/posts/1/ https://m.facebook.com/groups/5/permalink/1/",
        "is an event": "https://www.facebook.com/events/5/",
        "is a story": "https://www.facebook.com/stories/100/UzpfSVNDOjE=/",
        "is an album": "https://www.facebook.com/media/set/?set=a.1&type=3",
        NONE: "https://www.facebook.com/fircrest https://notfacebook.com/events/5/ https://notfacebook.com/a/posts/1 https://www.facebook.com/watch/?v=x",
    },
    "instagram": {
        SHORT: "https://www.instagram.com/share/p/BAbc https://www.instagram.com/share/reel/BAbc/?x=1 https://instagram.com/share/BAbc https://l.instagram.com/?u=x",
        "is a highlight": "https://www.instagram.com/stories/highlights/17/ https://www.instagram.com/s/aGlnaGxpZ2h0?story_media_id=1",
        "is a sound": "https://www.instagram.com/reels/audio/12/",
        NONE: "https://www.instagram.com/fircrestschools https://notinstagram.com/p/C1/ https://www.instagram.com/stories/fircrestschools/",
    },
    "linkedin": {
        SHORT: "https://lnkd.in/gAbc https://lnkd.in/p/gAbc",
        "Copy link to post": "https://www.linkedin.com/pulse/snow-fircrest-schools-abcde/ https://www.linkedin.com/events/board-meeting7/",
        NONE: "https://www.linkedin.com/company/fircrest/ https://notlinkedin.com/feed/update/urn:li:share:7 https://www.linkedin.com/feed/",
    },
    "mastodon": {
        "copy the address of the result": "https://elsewhere.example/@parent/5 https://elsewhere.example/users/parent/statuses/5",
        NONE: "https://social.example/@district https://social.example/about",
    },
    "threads": {SHORT: "https://l.threads.com/?u=x https://l.threads.net/?u=x", NONE: "https://www.threads.com/@fircrestschools https://notthreads.com/t/D1"},
    "tiktok": {
        SHORT: "https://vm.tiktok.com/ZM1/ https://vt.tiktok.com/ZS1 https://www.tiktok.com/t/ZT1/",
        "is a live broadcast": "https://www.tiktok.com/@fircrestschools/live",
        NONE: "https://www.tiktok.com/@fircrestschools https://nottiktok.com/@a/video/1",
    },
    "vimeo": {
        "is a live event": "https://vimeo.com/event/5 https://vimeo.com/event/5/8f2b11c0aa",
        "is a folder": "https://vimeo.com/manage/folders/5 https://vimeo.com/folder/5",
        NONE: "https://vimeo.com/fircrest https://vimeo.com/showcase/5 https://notvimeo.com/31",
    },
    "wordpress": {
        SHORT: "https://wp.me/p1-2",
        "is a list of comments": "https://blog.example.org/wp-admin/edit-comments.php?p=3 https://blog.example.org/wp-admin/comment.php?c=1",
        "is not on this site": "https://elsewhere.example/?p=3 http://127.0.0.1:9/?p=3",
    },
    "x": {
        SHORT: "https://t.co/abc https://pic.x.com/abc https://pic.twitter.com/abc",
        "is a broadcast": "https://x.com/i/spaces/1abc https://x.com/i/broadcasts/1abc",
        NONE: "https://x.com/FircrestSchools https://notx.com/a/status/1",
    },
    "youtube": {
        "is a community post": "https://www.youtube.com/post/Ugkx1 https://www.youtube.com/@district/community",
        "is a clip": "https://www.youtube.com/clip/Ugkx1",
        "is a playlist": "https://www.youtube.com/playlist?list=PL1",
        "broadcast that is running now": "https://www.youtube.com/@district/live",
        NONE: f"https://www.youtube.com/@district https://youtu.be/ https://www.youtube.com/watch?v=x https://notyoutube.com/embed/{VIDEO}",
    },
}  # fmt: skip


def each(table: dict[str, dict[Any, str]]) -> list[tuple[str, str, Any]]:
    return [
        (name, url, what)
        for name, forms in table.items()
        for what, urls in forms.items()
        for url in urls.split()
    ]


@pytest.mark.parametrize(("platform", "url", "asked"), each(TAKEN))
def test_what_is_taken(platform: str, url: str, asked: Any) -> None:
    assert ASKED[platform](url) == asked


@pytest.mark.parametrize(("platform", "url", "words"), each(REFUSED))
def test_what_is_refused_and_in_which_words(platform: str, url: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        ASKED[platform](url)
    assert "gone" not in str(refused.value), "whether it is there was not asked"
    assert refused.value.mend


@pytest.mark.parametrize("platform", ASKED)
@pytest.mark.parametrize("url", ["", "http://[", "x.com/a/status/1", "javascript:x", "at://", "https://"])
def test_what_is_no_address(platform: str, url: str) -> None:
    with pytest.raises(UsageError, match="is not an address"):
        ASKED[platform](url)


@pytest.mark.parametrize("platform", ASKED)
@given(
    st.one_of(
        st.text(),
        st.builds(
            lambda url, at, more: url[: at % (len(url) + 1)] + more + url[at % (len(url) + 1) :],
            st.sampled_from([url for _, url, _ in (*each(TAKEN), *each(REFUSED))]),
            st.integers(0, 200),
            st.text("/?#&=%:@.[]-_0123456789\u0661abc \n\x00", max_size=4),
        ),
    )
)
def test_whatever_a_person_pastes_is_taken_or_refused(platform: str, url: str) -> None:
    with suppress(UsageError):
        assert ASKED[platform](url) is not None


@pytest.mark.parametrize(
    ("platform", "url", "name"),
    [
        ("facebook", "https://www.facebook.com/cnn/posts/1", "cnn"),
        ("facebook", "https://m.facebook.com/pg/cnn/photos/a.441/40/", "cnn"),
        ("facebook", "https://www.facebook.com/reel/50/", ""),
        ("facebook", "https://www.facebook.com/permalink.php?story_fbid=1&id=100", ""),
        ("instagram", "https://www.instagram.com/cnn/reel/C1/", "cnn"),
        ("instagram", "https://www.instagram.com/stories/cnn/17/", "cnn"),
        ("instagram", "https://www.instagram.com/p/C1/c/17/", ""),
        ("linkedin", "https://www.linkedin.com/posts/cnn_snow-activity-5-aBc1", "cnn"),
        ("linkedin", "https://www.linkedin.com/feed/update/urn:li:share:1", ""),
        ("mastodon", "https://social.example/@cnn@far.example/5", "cnn@far.example"),
        ("mastodon", "https://social.example/users/cnn/statuses/5", "cnn"),
        ("mastodon", "https://social.example/web/statuses/5", ""),
        ("threads", "https://www.threads.com/@cnn/post/D1", "cnn"),
        ("tiktok", "https://www.tiktok.com/@cnn/video/1", "cnn"),
        ("tiktok", "https://m.tiktok.com/v/1.html", ""),
        ("x", "https://x.com/elonmusk/status/1", "elonmusk"),
        ("x", "https://x.com/i/web/status/1", ""),
        # the platform itself compares the name, like that of a site
        ("bluesky", "https://bsky.app/profile/cnn.com/post/3k", ""),
        ("youtube", f"https://www.youtube.com/watch?v={VIDEO}", ""),
    ],
)
def test_whom_an_address_names_though_its_number_is_enough(platform: str, url: str, name: str) -> None:
    forms = load(platform).PLATFORM.permalinks
    assert permalinks.find_account_name(permalinks.parse_permalink(url, forms), forms) == name


def test_no_platform_is_left_out() -> None:
    assert set(list_names()) - {"feed"} == set(ASKED) == set(TAKEN) == set(REFUSED)
