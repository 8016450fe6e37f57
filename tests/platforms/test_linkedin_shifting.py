"""What LinkedIn is asked for where lists shift while they are read."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from recordroom.errors import UnexpectedResponse
from recordroom.platforms import Window, linkedin
from tests.platforms.organization import (
    DISTRICT,
    ME,
    START,
    Page,
    client_of,
    comment_urn,
    records_of,
    share,
)
from tests.platforms.scripted import Answer, asked_for


def shifting(page: Page, change: Callable[[], object], part: str, start: str = "start=99") -> Callable[[str], Answer]:
    """`change` happens once, before the second page of a list is answered."""
    done: list[str] = []

    def answer(url: str) -> Answer:
        if part in url and start in url and not done:
            done.append(url)
            change()
        return page(url)

    return answer


@pytest.mark.parametrize("window", [Window("full"), Window("recent", since=START)])
@pytest.mark.parametrize("removed", [1, 7, 60, 99, 130])
def test_posts_that_go_while_the_list_is_read_hide_no_others(window: Window, removed: int) -> None:
    page = Page()
    for number in range(1, 351):
        page.post(number)

    def change() -> None:
        for number in range(350, 350 - removed, -1):
            del page.posts[share(number)]

    client = client_of(shifting(page, change, "posts?q=author"))
    given = [r.native_id for e in linkedin.fetch(DISTRICT, window, client) for r in linkedin.parse(e) if r.kind == "post"]
    assert {share(n) for n in range(1, 351 - removed)} <= set(given)
    assert len(given) == len(set(given))  # nothing is given out twice
    assert len(asked_for(client, "posts?q=author")) < 12


@pytest.mark.parametrize("added", [1, 50, 120])
def test_posts_that_come_while_the_list_is_read_are_seen_once(added: int) -> None:
    page = Page()
    for number in range(1, 351):
        page.post(number)

    def change() -> None:
        for number in range(351, 351 + added):
            page.post(number)

    answer = shifting(page, change, "posts?q=author")
    found = [r.native_id for e in linkedin.fetch(DISTRICT, Window("recent", since=START), client_of(answer)) for r in linkedin.parse(e)]
    assert set(found) - {ME} == {share(n) for n in range(1, 351 + min(added, 100))} | {share(n) for n in range(1, 351)} | (
        {share(n) for n in range(351 + added - 100, 351 + added)} if added > 100 else set()
    )
    assert len(found) == len(set(found))


def test_a_post_that_is_edited_while_the_list_is_read_jumps_to_the_front_and_is_seen() -> None:
    page = Page()
    for number in range(1, 351):
        page.post(number)
    answer = shifting(page, lambda: page.edit(share(5), "edited meanwhile", 900), "posts?q=author")
    found = records_of(answer, Window("recent", since=START))
    assert found[share(5)].text == "edited meanwhile"
    assert {share(n) for n in range(1, 351)} <= set(found)


@pytest.mark.parametrize("removed", [1, 40, 99])
def test_comments_that_go_while_they_are_read_hide_no_others(removed: int) -> None:
    page = Page()
    page.post(1)
    for number in range(1000, 1350):
        page.comment(1, number)
    gone = [comment_urn(1, number) for number in range(1349, 1349 - removed, -1)]

    def change() -> None:
        page.comments[share(1)] = [one for one in page.comments[share(1)] if one["$URN"] not in gone]

    found = records_of(shifting(page, change, "/comments?"))
    assert {comment_urn(1, n) for n in range(1000, 1350)} - set(gone) <= set(found)


def test_a_full_page_that_holds_all_there_is_costs_no_second_one() -> None:
    page = Page()
    page.post(1)
    for number in range(1000, 1100):
        page.comment(1, number)
    client = client_of(page)
    assert len({r.native_id for e in linkedin.fetch(DISTRICT, Window("full"), client) for r in linkedin.parse(e)}) == 102
    assert len(asked_for(client, "/comments?")) == 1
    page.comment(1, 1100)
    assert len(records_of(page)) == 103


def test_a_list_that_ends_with_a_full_page_or_with_a_short_one_that_has_a_next() -> None:
    page = Page()
    for number in range(1, 101):
        page.post(number)
    assert len(records_of(page)) == 101

    def halved(url: str) -> Answer:
        answer = page(url)
        if "posts?q=author" in url:
            answer.body["elements"] = answer.body["elements"][:40]
            start = int(url.partition("start=")[2].partition("&")[0])
            answer.body["paging"]["links"] = [{"rel": "next", "href": "/x", "type": "application/json"}] if start + 40 < 100 else []
        return answer

    assert len(records_of(halved)) == 101


def test_what_is_not_shown_has_its_place_in_the_list_all_the_same() -> None:
    """As advertisements may: a page shows two posts at its end, and the next one no more than these."""
    page = Page()
    posts = [page.post(number) for number in range(1, 301)]
    hidden = {*posts[149:200], *posts[202:]}

    def sparse(url: str) -> Answer:
        answer = page(url)
        if "posts?q=author" in url:
            answer.body["elements"] = [one for one in answer.body["elements"] if one["id"] not in hidden]
        return answer

    exchanges = list(linkedin.fetch(DISTRICT, Window("full"), client_of(sparse)))
    read = {r.native_id for e in exchanges for r in linkedin.parse(e)}
    assert read == {*posts, ME} - hidden
    assert "before the end of a list, which may lack items" in exchanges[-1].context["short"]


def test_lists_that_repeat_or_never_stand_still_are_named() -> None:
    page = Page()
    for number in range(1, 351):
        page.post(number)
    with pytest.raises(UnexpectedResponse, match="same page"):
        records_of(lambda url: page(re.sub(r"start=\d+", "start=0", url)))
    seen: list[str] = []

    def restless(url: str) -> Answer:
        if "posts?q=author" in url:
            seen.append(url)
            page.posts = {
                share(n): {**page.posts[next(iter(page.posts))], "id": share(n)} for n in range(len(seen) * 1000, len(seen) * 1000 + 350)
            }
        return page(url)

    with pytest.raises(UnexpectedResponse, match="stand still"):
        records_of(restless)
