"""What LinkedIn is asked for by id: posts, comments, permalinks."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from recordroom.errors import PlatformFailure, Throttled, UsageError
from recordroom.model import Absence, Exchange, version_of
from recordroom.platforms import Known, Window, linkedin
from tests.platforms.organization import (
    DISTRICT,
    ME,
    MISSING,
    URL,
    Page,
    client_of,
    comment_urn,
    error,
    known,
    records_of,
    share,
)
from tests.platforms.scripted import UNWORDED, Answer, asked_for


def post(number: int) -> Known:
    return Known(f"linkedin:{share(number)}", share(number), "post", None, f"linkedin:{share(number)}")


def test_what_is_not_found_is_unavailable_and_the_rest_is_read(page: Page) -> None:
    for number in range(20, 70):
        page.comment(1, number)
    above, below = comment_urn(1, 10), comment_urn(1, 12)
    asked = [post(1), post(9), Known(f"linkedin:{ME}", ME, "profile"), known(above), known(comment_urn(1, 99))]
    asked += [known(comment_urn(1, n)) for n in range(20, 70)]
    asked += [
        known(comment_urn(1, 11), "reply", above),
        known(comment_urn(1, 13), "reply", below),
        known(comment_urn(1, 98), "reply", above),
    ]
    asked += [known(comment_urn(9, 97), root=share(9)), known(comment_urn(9, 96), "reply", comment_urn(9, 97), share(9))]
    client = client_of(page)
    answers = list(linkedin.lookup(DISTRICT, asked, client))
    gone = [a.record_id for a in answers if isinstance(a, Absence)]
    assert sorted(gone) == sorted(
        f"linkedin:{u}" for u in (share(9), *(comment_urn(1, n) for n in (98, 99)), *(comment_urn(9, n) for n in (96, 97)))
    )
    assert {a.status for a in answers if isinstance(a, Absence)} == {"unavailable"}
    found = {r.native_id: r for e in answers if isinstance(e, Exchange) for r in linkedin.parse(e)}
    assert set(found) == {k.native_id for k in asked} - {name.partition(":")[2] for name in gone}
    whole = records_of(page)
    assert all(version_of(found[urn]) == version_of(whole[urn]) for urn in found)
    assert all(
        (found[urn].kind, found[urn].parent_id, found[urn].root_id) == (whole[urn].kind, whole[urn].parent_id, whole[urn].root_id)
        for urn in found
    )
    assert len(client.asked) < 16
    assert not list(linkedin.lookup(DISTRICT, [], client))


def test_an_answer_that_is_found_only_below_its_comment_is_no_absence(page: Page) -> None:
    """Whether the API finds answers below the post is not published."""
    below_the_post = f"{quote(share(1), safe='')}/comments?ids="
    page.answers[below_the_post] = lambda url: page.batch(re.findall(r"\d+", url.partition("ids=")[2]), lambda _: None)
    asked = [known(comment_urn(1, 11), "reply", comment_urn(1, 10)), known(comment_urn(1, 95), "reply", comment_urn(1, 10))]
    answers = list(linkedin.lookup(DISTRICT, asked, client_of(page)))
    assert [a.record_id for a in answers if isinstance(a, Absence)] == [f"linkedin:{comment_urn(1, 95)}"]
    assert [r.native_id for e in answers if isinstance(e, Exchange) for r in linkedin.parse(e)] == [comment_urn(1, 11)]


def test_other_errors_are_no_absence(page: Page) -> None:
    for answer in (error(401, "x"), error(429, "x"), error(500, "x"), *UNWORDED):
        page.answers["?ids="] = answer
        with pytest.raises(PlatformFailure):
            list(linkedin.lookup(DISTRICT, [known(comment_urn(1, 10))], client_of(page)))
    page.answers["?ids="] = Answer({"results": {}, "errors": {"10": error(429, "x").body}, "statuses": {}})
    with pytest.raises(Throttled):
        list(linkedin.lookup(DISTRICT, [known(comment_urn(1, 10))], client_of(page)))


@pytest.mark.parametrize("status", [403, 400, 500])
def test_of_one_that_is_refused_beside_others_nothing_is_concluded(page: Page, status: int) -> None:
    """A sweep ended at it, each time, and nothing was ever called gone."""
    for keys, what in ((("10", "95"), [known(comment_urn(1, 10)), known(comment_urn(1, 95))]), ((share(1), share(2)), [post(1), post(2)])):
        refused, gone = keys
        page.answers["?ids="] = Answer({"results": {}, "errors": {refused: error(status, "X", "x").body, gone: MISSING.body}})
        answers = list(linkedin.lookup(DISTRICT, what, client_of(page)))
        assert [a.record_id for a in answers if isinstance(a, Absence)] == [what[1].record_id]
        assert [(list(linkedin.parse(a)), a.context["untold"]) for a in answers if isinstance(a, Exchange)] == [([], [what[0].record_id])]


def test_the_number_of_a_comment_changes_nothing_else_of_an_address(page: Page) -> None:
    odd = known("urn:li:comment:(urn:li:activity:50001,9&start=5)")
    client = client_of(page)
    list(linkedin.lookup(DISTRICT, [odd], client))
    [asked] = asked_for(client, "/comments?ids=")
    assert asked.endswith("?ids=List(9%26start%3D5)")


def test_of_comments_on_a_post_that_are_refused_nothing_is_concluded(page: Page) -> None:
    """While the role is there, and what is said on others is given: a sweep ended at them."""
    page.post(3)
    page.answers[f"{quote(share(3), safe='')}/comments?ids="] = error(403, "ACCESS_DENIED", "x")
    asked = [known(comment_urn(3, 30), root=share(3)), known(comment_urn(1, 95))]
    answers = list(linkedin.lookup(DISTRICT, asked, client_of(page)))
    assert [a.record_id for a in answers if isinstance(a, Absence)] == [asked[1].record_id]
    assert [(list(linkedin.parse(a)), a.context["untold"]) for a in answers if isinstance(a, Exchange)] == [([], [asked[0].record_id])]


@pytest.mark.parametrize(("state", "who"), [("DRAFT", "agency"), ("PUBLISH_FAILED", None), ("PUBLISH_REQUESTED", None)])
def test_a_post_that_is_published_no_more_is_hidden_by_the_agency_only_where_it_is_a_draft(page: Page, state: str, who: str | None) -> None:
    page.posts[share(1)]["lifecycleState"] = state
    answers = list(linkedin.lookup(DISTRICT, [post(1)], client_of(page)))
    assert [(a.status, a.acted_by) for a in answers if isinstance(a, Absence)] == [("hidden", who)]


@pytest.mark.parametrize(
    "url",
    [
        f"https://www.linkedin.com/feed/update/{share(1)}",
        "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A1/?commentUrn=x",
        "https://www.linkedin.com/feed/update/urn:li:activity:50001/",
        "https://www.linkedin.com/posts/fircrest_schools-closed-activity-50001-aBc1",
        "https://linkedin.com/posts/fircrest_share-1-xYz_",
    ],
)
def test_a_permalink_brings_its_whole_conversation(page: Page, url: str) -> None:
    found = records_of(page, Window("one", url=url))
    assert set(found) == {ME, share(1), *(comment_urn(1, n) for n in range(10, 14))}


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://elsewhere.example/feed/update/urn:li:share:1",
        "https://notlinkedin.com/feed/update/urn:li:share:1",
        "https://www.linkedin.com/feed/update/urn:li:share:999",
        "https://www.linkedin.com/feed/update/urn:li:activity:999",
        "https://www.linkedin.com/feed/update/urn:li:share:7",
        "http://[",
        "",
    ],
)
def test_another_address_is_none_of_a_post_of_ours(page: Page, url: str) -> None:
    page.post(7, author="urn:li:organization:900")
    with pytest.raises(UsageError):
        records_of(page, Window("one", url=url))
