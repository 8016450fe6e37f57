"""A record's page shows what happened to it in plain words, even what the first capture could no longer see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.building import DAY, Building, account, media
from tests.services import S3, Buckets
from tests.web.seated import Who, visited

HOUR = timedelta(hours=1)
FILM, DRAFT, LINK = "youtube:6", "youtube:draft", "youtube:link"
LACKING = {
    "identity": "6",
    "type": "video",
    "sha256": None,
    "bytes": None,
    "position": 1,
    "missing_reason": "not fetched: HTTP 500",
}


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """Its first look comes late: what it sees was edited and hidden before."""
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("history"), elasticsearch)
    building.enrol(
        account("news", "wordpress"),
        account("films", "youtube"),
        account("page", "linkedin"),
        account("old", "wordpress"),
    )
    picture = media(b"a picture", "6/picture", position=2)
    own = {"published_at": DAY, "text": "Snow day"}
    edited = {"edited_at": DAY + HOUR, "valid_from": DAY + HOUR, "valid_from_source": "platform"}
    hidden = {"status": "hidden", "status_reason": "WordPress calls it not approved"}
    first: list[dict[str, Any]] = [
        {"record_id": "wordpress:x/posts/1", **own, **edited},
        {"record_id": "wordpress:x/comments/2", **own, **hidden, "kind": "comment", "acted_by": "agency"},
        {"record_id": "wordpress:x/comments/3", **own, **hidden, "kind": "comment", "acted_by": "unknown"},
        {"record_id": "wordpress:x/posts/4", **own, **edited},
        {"record_id": "wordpress:x/posts/5", **own},
        *({"record_id": f"wordpress:x/posts/{number}", **own} for number in (7, 8)),
        {
            "record_id": "wordpress:x/comments/9",
            **own,
            "kind": "comment",
            "status": "held",
            "acted_by": "unknown",
        },
        {"record_id": "wordpress:x/posts/10", **own, "visibility": "password"},
        *_chain("posts/20", *(f"comments/{number}" for number in range(21, 25))),
        {
            "record_id": "wordpress:x/posts/9",
            **own,
            "title": "Snow",
            "author_id": "1",
            "author_name": "Cascade Valley District",
        },
    ]
    building.capture("news", first, at=DAY + 2 * HOUR)
    building.capture("films", [{"record_id": FILM, **own, "media": [LACKING, picture]}], at=DAY + 2 * HOUR)
    before = {
        "text": "Snow",
        "title": "News",
        "late_arrival": True,
        "valid_from": DAY,
        "valid_from_source": "history",
        "edited_at": None,
    }
    then: list[dict[str, Any]] = [
        {"record_id": "wordpress:x/posts/4", **before},
        {"record_id": "wordpress:x/posts/5", "status": "unavailable", "acted_by": "unknown"},
        {"record_id": "wordpress:x/comments/2", "status": "visible", "acted_by": None, "status_reason": None},
    ]
    building.capture("news", then, at=DAY + 3 * HOUR)
    building.capture(
        "news", [{"record_id": "wordpress:x/posts/4", "title": "News of snow"}], at=DAY + 4 * HOUR
    )
    tracks = [
        media(name.encode(), f"6/captions/{name}/track", type="document", position=n)
        for n, name in enumerate(("en", "es"), 3)
    ]
    got = [media(b"a film", "6", type="video"), picture, *tracks]
    building.capture(
        "films", [{"record_id": FILM, "media": got, "changed": ["media_bytes"]}], at=DAY + 5 * HOUR
    )
    draft = {"record_id": DRAFT, "published_at": DAY, "text": "Not yet"}
    building.capture(
        "films",
        [{**draft, "visibility": "private"}, {**draft, "record_id": LINK, "visibility": "unlisted"}],
        at=DAY + 6 * HOUR,
    )
    building.capture(
        "news",
        [{"record_id": "wordpress:x/posts/9", "title": "Ice", "author_name": "Cascade Valley ESD"}],
        at=DAY + 5 * HOUR,
    )
    event = "Come\n\nStarts: 2026-12-05T21:09:47Z\nEnds: 2026-12-05T22:09:47Z"
    building.capture("page", [{"record_id": "linkedin:urn:li:event:7", "text": event}], at=DAY)
    both = {
        **edited,
        "text": "Thaw",
        "status": "hidden",
        "acted_by": "agency",
        "status_reason": "a moderator",
    }
    building.capture("news", [{"record_id": "wordpress:x/posts/8", **both}], at=DAY + 6 * HOUR)
    removed = [
        ("removed", "author", "it says so"),
        ("unavailable", "unknown", "gone"),
        ("removed", "agency", "the moderator"),
    ]
    for hour, (status, by, why) in enumerate(removed, 7):
        row = {"record_id": "wordpress:x/posts/7", "status": status, "acted_by": by, "status_reason": why}
        building.capture("news", [row], at=DAY + hour * HOUR)
    claim = {
        "late_arrival": True,
        "valid_from_source": "import",
        "status_reason": "import: Old says so: Deleted = yes",
        "text": "Thaw",
    }
    told = {
        "source": "import: Old",
        "status": "removed",
        "acted_by": "unknown",
        "published_at": DAY,
        "valid_from": DAY,
    }
    handed = {
        "source": "submission: Jane Doe",
        "published_at": None,
        "valid_from": DAY + HOUR,
        "text": "A picture of a screen",
    }
    old = [
        {"record_id": "wordpress:x/posts/30", **claim, **told},
        {"record_id": "wordpress:x/posts/31", **claim, **handed},
    ]
    # a table need not tell where a conversation began
    answer = {"kind": "comment", "parent_id": "wordpress:x/posts/30", "root_id": None}
    old += [{"record_id": "wordpress:x/comments/32", **claim, **told, **answer}]
    building.capture("old", old, at=DAY + HOUR)
    building.index()
    return building


def _chain(*names: str) -> Iterator[dict[str, Any]]:
    """Each answers the one before it."""
    for minute, (name, above) in enumerate(zip(names, ("", *names), strict=False)):
        place = {"parent_id": f"wordpress:x/{above}" if above else None, "root_id": f"wordpress:x/{names[0]}"}
        yield {
            "record_id": f"wordpress:x/{name}",
            "text": name,
            "published_at": DAY + timedelta(minutes=minute),
            **place,
        }


@pytest.fixture
def client(building: Building) -> Iterator[TestClient]:
    with visited(building, Who(), follow_redirects=True) as client:
        yield client


def happened(client: TestClient, name: str) -> list[str]:
    """The line of time, without its times."""
    [events] = re.findall(
        r'<ol class="events">(.*?)</ol>',
        client.get(f"/record?id={name if name.startswith('youtube:') else f'wordpress:x/{name}'}").text,
        re.DOTALL,
    )
    return [
        unescape(re.sub(r"<[^>]*>", "", one)).partition("): ")[2] or one
        for one in re.findall("<li>.*?</li>", events)
    ]


def _of(told: list[str], words: str) -> list[str]:
    return [one for one in told if words in one]


def test_what_was_edited_before_it_was_seen_says_that_what_stood_before_was_never_captured(
    client: TestClient,
) -> None:
    published, edited, seen = happened(client, "posts/1")
    assert published == "published. source: the platform"
    assert (
        edited == "edited before the first capture; the earlier text was never captured. source: the platform"
    )
    assert seen.startswith("first captured, in news. capture ")


@pytest.mark.parametrize(
    ("name", "word"), [("comments/9", "written"), ("posts/10", "made"), ("comments/2", "published")]
)
def test_only_what_was_public_once_is_said_to_be_published(client: TestClient, name: str, word: str) -> None:
    """No one outside has seen a text that awaited approval or was behind a password; one hidden at first is
    visible now.
    """
    assert happened(client, name)[0] == f"{word}. source: the platform"


def test_where_the_platform_tells_the_words_before_they_are_not_called_lost(client: TestClient) -> None:
    told = happened(client, "posts/4")
    assert "edited before the first capture. source: the platform" in told
    assert "an earlier version, added later. source: the platform's list of versions" in told
    assert not any("never captured" in one for one in told)


def test_what_changed_is_marked_in_the_order_of_time(client: TestClient) -> None:
    """The third state became known second: its text was there first."""
    page = client.get("/record?id=wordpress:x/posts/4").text
    versions = re.findall(r'<article class="version">(.*?)</article>', page, re.DOTALL)
    assert [re.findall(r"version (\d)", one)[0] for one in versions] == ["3", "1", "2"]
    assert [re.sub(r"<(?!/?(?:ins|del)>)[^>]*>", "", re.findall(r'<div class="text">(.*?)</div>', one)[0]) for one in versions] == [
        "Snow day", "Snow<ins> day</ins>", "Snow",
    ]  # fmt: skip
    assert [re.findall(r'<p class="title">(.*?)</p>', one) for one in versions] == [
        ["<ins>News of snow</ins>"], ["<del>News</del>"], ["News"],
    ]  # fmt: skip


def test_an_author_who_is_called_otherwise_is_told_and_no_version_is_made_of_it(client: TestClient) -> None:
    page = unescape(client.get("/record?id=wordpress:x/posts/9").text)
    told = (
        "; changed: title; the author's name on the platform differs: in the previous version it"
        " was Cascade Valley District"
    )
    assert (page.count(told), page.count("on the platform differs")) == (1, 1)


def test_an_event_says_in_the_agencys_time_when_it_is(client: TestClient) -> None:
    page = " ".join(re.sub("<[^>]*>", " ", client.get("/record?id=linkedin:urn:li:event:7").text).split())
    assert "Starts Dec 5, 2026, 1:09 p.m. (2026-12-05 21:09:47 UTC) Ends Dec 5, 2026, 2:09 p.m." in page
    assert "Starts: 2026-12-05T21:09:47Z" in page, "the words stay as they are"


@pytest.mark.parametrize(
    ("name", "by"), [("comments/2", "by the agency"), ("comments/3", "(the platform does not say by whom)")]
)
def test_what_was_hidden_before_it_was_seen_says_so(client: TestClient, name: str, by: str) -> None:
    seen = next(one for one in happened(client, name) if one.startswith("first captured"))
    assert seen.startswith(f"first captured, in news, already hidden {by}. capture ")
    assert seen.endswith("WordPress calls it not approved")


def test_whoever_is_not_told_is_not_called_unknown(client: TestClient) -> None:
    assert _of(happened(client, "posts/5"), "unavailable (the platform does not say why). capture ")
    assert _of(happened(client, "comments/2"), "found visible again. capture ")
    for page in (
        "/",
        "/search?q=snow",
        "/record?id=wordpress:x/posts/5",
        "/record?id=wordpress:x/comments/3",
    ):
        text = client.get(page).text
        assert "by unknown" not in text
        assert "the platform does not say" in text


def test_a_conversation_says_what_of_it_is_shown_and_below_what_there_is_more(client: TestClient) -> None:
    page = client.get("/conversation?id=wordpress:x/posts/20").text
    assert "This page shows 3 of its 5 records." in page
    [(address, words)] = re.findall(r'<p class="meta"><a href="([^"]*)">(\d+ [^<]*)</a></p>', page)
    assert words == "1 reply not shown here"
    below = client.get(unescape(address)).text
    assert all(f"comments/{number}" in below for number in range(21, 25))
    assert "This page shows 5 of its 5 records." in below
    assert "not shown here" not in below


def test_an_answer_of_which_the_conversation_was_not_told_stands_with_what_it_answers(
    client: TestClient,
) -> None:
    for name in ("comments/32", "posts/30"):
        page = client.get(f"/record?id=wordpress:x/{name}").text
        assert "Nothing else of this conversation is in the archive" not in page, name
        assert "The platform did not say which conversation they belong to" in page, name
    assert "Export this conversation" not in client.get("/record?id=wordpress:x/comments/32").text, (
        "it would be the one record"
    )
    assert (
        "Nothing else of this conversation is in the archive"
        in client.get("/record?id=wordpress:x/posts/31").text
    )


def test_a_removal_is_told_as_when_it_was_noticed_and_when_it_was_seen_last(client: TestClient) -> None:
    """One capture saw it, and the next one did not: when it disappeared between them is not known."""
    assert not [one for one in happened(client, "posts/7") if one.startswith("removed")]
    [gone] = _of(happened(client, "posts/7"), "found missing")
    words = (
        r"found missing \(last seen Mar 2, 2026, 2:00 p.m. \(.*?\)\): removed by its author\. it says so;"
        r" capture 20260302T2300"
    )
    assert re.match(words, gone), gone
    assert (
        "found removed by the agency. the moderator; capture "
        in _of(happened(client, "posts/7"), "the moderator")[0]
    )
    changed = _of(happened(client, "posts/8"), "changed: text")
    hidden = _of(happened(client, "posts/8"), "found hidden")
    assert changed == ["changed: text. source: the platform"]
    assert hidden[0].startswith("found hidden by the agency. a moderator; capture ")


def test_the_block_of_a_version_names_its_status_and_from_what_it_changed(client: TestClient) -> None:
    versions = re.findall(
        r'<article class="version">(.*?)</article>',
        client.get("/record?id=wordpress:x/posts/7").text,
        re.DOTALL,
    )
    told = [
        unescape(re.sub(r"<[^>]*>", "", " ".join(re.findall(r'<p class="meta">(.*?)</p>', one)[:2])))
        for one in versions
    ]
    assert told[0].endswith(
        "status changed from unavailable (the platform does not say why) to removed by the agency"
        " Status: removed by the agency. Source of the status: the moderator"
    )
    assert (
        "(source: capture); status changed from visible to removed by its author Status: removed by its author."
        in told[2]
    )
    assert told[3].endswith("(source: capture) Status: visible")
    both = client.get("/record?id=wordpress:x/posts/8").text
    assert (
        "(source: platform); changed: text; status changed from visible to hidden by the agency</p>" in both
    )


def test_the_text_is_labeled_with_the_version_that_brought_it(client: TestClient) -> None:
    """An edited text was not published when the record was; a change of status brings no text."""

    def label(name: str) -> str:
        page = client.get(f"/record?id={name}").text
        [words] = re.findall(r'<h2 id="words">(.*?)</h2>', page)
        return re.sub("<[^>]*>", "", words)

    assert label("wordpress:x/posts/5") == "Text as published", "unavailable now"
    assert label("wordpress:x/posts/7") == "Text as published", "removed now"
    assert label("wordpress:x/posts/1").startswith("Text as published (version 1, since Mar 2, 2026, "), (
        "edited before the first capture"
    )
    assert label("wordpress:x/posts/8").startswith("Text as published (version 2, since Mar 2, 2026, ")
    new_title = label("wordpress:x/posts/9")
    assert re.fullmatch(r"Text as published \(version 2, since .* at the latest\)", new_title), new_title
    assert label("wordpress:x/posts/4").startswith("Text as published (version 3, "), "after a late version"


def test_what_a_file_claims_is_told_as_its_word_and_never_as_the_platforms(client: TestClient) -> None:
    """No capture saw it: neither that it was published, nor that it is gone, is anything that a platform has
    said.
    """
    published, stood, came = happened(client, "posts/30")
    assert published == "made. source: a submitted file"
    assert stood == "published as in version 1. source: a submitted file"
    assert came.startswith("added to old from a file, with the status removed. import: Old; capture ")
    assert happened(client, "posts/31")[0].startswith(
        "added to old from a file. submission: Jane Doe; capture "
    )
    assert len(happened(client, "posts/31")) == 1, "the time of this state is unknown"
    page = client.get("/record?id=wordpress:x/posts/30").text
    assert "It comes from a submitted file (<bdi>import: Old</bdi>)" in page
    assert "It comes from a submitted file" not in client.get("/record?id=wordpress:x/posts/7").text
    for address in (
        "/record?id=wordpress:x/posts/30",
        "/search?q=thaw&account=old",
        "/proof?id=wordpress:x/posts/30&account=old&sequence=1",
    ):
        told = client.get(address).text
        assert "removed, according to a submitted file" in told, address
        assert "(the platform does not say" not in told, address


def test_what_only_a_file_tells_is_marked_wherever_it_stands_in_a_list(client: TestClient) -> None:
    """It is visible according to the person who submitted it: in a list it looked like something a capture
    saw.
    """
    mark = '<span class="status">visible, according to a submitted file</span>'
    for address in ("/search?q=screen", "/conversation?id=wordpress:x/posts/31"):
        assert mark in client.get(address).text, address
    assert "according to a submitted file" not in client.get("/search?q=ice&account=news").text
    whole = client.get("/evidence?id=wordpress:x/posts/31&account=old&sequence=1").text
    assert "of the submitted file, with" in whole
    assert "of the platform" not in whole


def test_a_file_that_the_archive_got_late_is_no_change_of_the_post(client: TestClient) -> None:
    words = "3 missing files were added: video, captions en, captions es; the post itself did not change"
    assert f"{words}. source: a capture at this time" in happened(client, FILM)
    assert f"(source: capture); {words}" in client.get(f"/record?id={FILM}").text
    home = client.get("/").text
    assert "missing files were added to the archive; the post itself did not change, captured" in home
    assert "changed: title, captured" in home
    assert "media_bytes" not in home


def test_what_a_narrower_audience_sees_is_never_told_as_visible_to_the_public(client: TestClient) -> None:
    for address in (f"/record?id={DRAFT}", "/search?q=yet", "/"):
        assert (
            unescape(client.get(address).text).count(
                "visible only to the audience 'private' (the platform's term)"
            )
            >= 1
        ), address
    assert "still published" not in client.get(f"/record?id={DRAFT}").text
    assert "still published" in client.get(f"/record?id={LINK}").text
    assert "only to the audience" not in client.get(f"/record?id={LINK}").text
