"""What LinkedIn is asked for, against a made-up page behind the API's manners, and against faults that a well server does not make."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import pytest

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Identity, version_of
from recordroom.platforms import Known, Window, linkedin
from tests.platforms.organization import (
    AMY,
    BEN,
    DISTRICT,
    ME,
    MISSING,
    RECENT,
    START,
    TOKEN,
    URL,
    Page,
    at,
    client_of,
    comment_urn,
    conversation,
    error,
    records_of,
    sandbox,
    share,
)
from tests.platforms.scripted import NOW, Answer, Chosen, Scripted, account, asked_for


@pytest.fixture
def page() -> Page:
    return conversation()


# -- what is read ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [Window("full"), Window("history"), Window("recent", since=START)])
def test_posts_comments_and_answers_at_every_depth_have_their_places(page: Page, window: Window) -> None:
    found = records_of(page, window)
    root, first = f"linkedin:{share(1)}", f"linkedin:{comment_urn(1, 10)}"
    assert {urn: (r.kind, r.parent_id, r.root_id, r.author_is_account) for urn, r in found.items()} == {
        ME: ("profile", None, None, True),
        share(1): ("post", None, root, True),
        comment_urn(1, 10): ("comment", root, root, False),
        comment_urn(1, 11): ("reply", first, root, True),
        comment_urn(1, 12): ("reply", first, root, False),
        comment_urn(1, 13): ("reply", f"linkedin:{comment_urn(1, 12)}", root, False),
        share(2): ("post", None, f"linkedin:{share(2)}", True),
    }
    assert (found[share(1)].counts, found[comment_urn(1, 10)].counts) == ({"comments": 1, "likes": 0}, {"comments": 2})
    assert (found[share(1)].author_name, found[comment_urn(1, 10)].author_name) == ("Fircrest Schools", None)
    assert found[share(1)].url == f"https://www.linkedin.com/feed/update/{share(1)}"


def test_every_request_names_version_and_protocol_and_finders_say_so(page: Page) -> None:
    client = client_of(page)
    linkedin.identify(account("linkedin", URL), client)
    list(linkedin.fetch(DISTRICT, Window("full"), client))
    for url, sent in zip(client.asked, client.sent, strict=True):
        assert sent["Authorization"] == f"Bearer {TOKEN}"
        assert re.fullmatch(r"20\d\d(0[1-9]|1[0-2])", sent["LinkedIn-Version"])
        assert sent["X-Restli-Protocol-Version"] == "2.0.0"
        assert sent.get("X-RestLi-Method") == ("FINDER" if "q=" in urlsplit(url).query else None)
    assert not any(TOKEN in url for url in client.asked)


def test_urns_are_escaped_and_lists_are_not(page: Page) -> None:
    client = client_of(page)
    list(linkedin.fetch(DISTRICT, Window("full"), client))
    assert any(url.endswith("socialMetadata?ids=List(urn%3Ali%3Ashare%3A2,urn%3Ali%3Ashare%3A1)") for url in client.asked)
    replies = "socialActions/urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A50001%2C10%29/comments?"
    assert asked_for(client, replies)


def test_posts_without_comments_cost_no_request(page: Page) -> None:
    client = client_of(page)
    list(linkedin.fetch(DISTRICT, Window("full"), client))
    assert not asked_for(client, f"{quote(share(2), safe='')}/comments")
    page.answers["socialMetadata"] = Answer({"results": {}, "errors": {share(1): MISSING.body}})  # then nothing is known of them
    list(linkedin.fetch(DISTRICT, Window("full"), client))
    assert asked_for(client, f"{quote(share(2), safe='')}/comments")


@pytest.mark.parametrize("kind", ["full", "recent", "one", "history"])
def test_a_fetch_goes_on_from_any_exchange(kind: str) -> None:
    page = Page()
    for number in range(1, 230):
        page.post(number)
    for number in range(2000, 2250):
        page.comment(227, number)
    for number in range(3000, 3120):
        page.comment(227, number, BEN, comment_urn(227, 2001))
    page.posts[share(226)]["content"] = {"media": {"id": "urn:li:image:a"}}
    window = Window(kind, since=START, url=f"https://www.linkedin.com/feed/update/{share(227)}/")
    exchanges = list(linkedin.fetch(DISTRICT, window, client_of(page)))
    whole = [{r.record_id for r in linkedin.parse(e)} for e in exchanges]
    assert len(set().union(*whole)) == (1 + 229 + 370 if kind != "one" else 1 + 1 + 370)
    for number, exchange in enumerate(exchanges):
        assert exchange.cursor is not None
        again = linkedin.fetch(DISTRICT, replace(window, cursor=exchange.cursor), client_of(page))
        rest = {r.record_id for e in again for r in linkedin.parse(e)}
        assert set().union(*whole) == rest.union(*whole[: number + 1])


def test_a_recent_window_reads_what_was_published_or_edited_in_it_and_stops() -> None:
    page = Page()
    for number in range(1, 900):
        page.post(number)
    page.edit(share(20), "corrected", 895)
    page.comment(650, 1012)
    client = client_of(page)
    found = {r.native_id for e in linkedin.fetch(DISTRICT, RECENT, client) for r in linkedin.parse(e)}
    assert found == {ME, share(20), comment_urn(650, 1012)} | {share(n) for n in range(500, 900)}
    assert len(asked_for(client, "posts?q=author")) == 5 + 1  # and once more the head of the list
    assert share(400) in records_of(page, replace(RECENT, changed_since=START + timedelta(hours=400)))


@pytest.mark.parametrize("start", [0, 99])
def test_an_empty_page_that_leads_on_is_no_end_and_is_told(start: int) -> None:
    page = Page()
    for number in range(1, 331):
        page.post(number)
    links = [{"type": "application/json", "rel": "next", "href": f"/rest/posts?start={start + 100}"}]
    empty = Answer({"paging": {"start": start, "count": 100, "links": links}, "elements": []})
    for window in (Window("full"), Window("recent", since=START)):
        page.answers = {f"{order}&start={start}&": empty for order in ("CREATED", "LAST_MODIFIED")}
        exchanges = list(linkedin.fetch(DISTRICT, window, client_of(page)))
        found = {r.native_id for e in exchanges for r in linkedin.parse(e)}
        assert {share(n) for n in range(1, 331 - start - 100)} <= found
        assert "1 empty page before the end of a list, which may lack items" in exchanges[-1].context["short"]
        page.answers = {}
        assert not any("short" in e.context for e in linkedin.fetch(DISTRICT, window, client_of(page)))


def test_empty_pages_without_end_are_a_failure(page: Page) -> None:
    links = [{"type": "application/json", "rel": "next", "href": "/rest/x"}]
    page.answers["posts?q=author"] = Answer({"paging": {"start": 0, "count": 100, "links": links}, "elements": []})
    client = client_of(page)
    with pytest.raises(UnexpectedResponse, match="20 empty pages in a row"):
        list(linkedin.fetch(DISTRICT, Window("full"), client))
    assert len(asked_for(client, "posts?q=author")) == 20


def test_an_edit_has_its_own_time(page: Page) -> None:
    before = records_of(page)
    assert (before[share(1)].edited_at, before[share(1)].valid_from) == (None, START + timedelta(hours=1))
    page.edit(share(1), "corrected", 90)
    assert before[comment_urn(1, 10)].edited_at is None
    page.comments[share(1)][0]["lastModified"] = {"actor": AMY, "time": at(10) + 1}  # as it is stored, and no edit
    assert records_of(page)[comment_urn(1, 10)].edited_at is None
    page.comments[share(1)][0]["lastModified"] = {"actor": AMY, "time": at(91)}
    page.comments[share(1)][0]["message"]["text"] = "corrected too"
    after = records_of(page)
    for urn, hours in ((share(1), 90), (comment_urn(1, 10), 91)):
        assert version_of(after[urn]) != version_of(before[urn])
        assert after[urn].edited_at == after[urn].valid_from == START + timedelta(hours=hours)


# -- lists that shift while they are read -----------------------------------------------------------------------------------------


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


# -- roles --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("roles", [[], ["ANALYST"], ["RECRUITING_POSTER", "CURATOR"]])
def test_a_lost_role_is_told_from_an_empty_page(page: Page, roles: list[str]) -> None:
    page.roles = roles
    with pytest.raises(Blocked, match="no role") as told:
        linkedin.identify(DISTRICT, client_of(page))
    assert "role back" in told.value.mend
    page.roles = []
    with pytest.raises(Blocked, match="no role"):  # lost after the capture has begun: the list is empty, with HTTP 200
        records_of(page)
    page.roles, page.posts = ["CONTENT_ADMINISTRATOR"], {}
    assert set(records_of(page)) == {ME}  # truly empty
    assert linkedin.identify(DISTRICT, client_of(page)).native_id == ME


def test_a_role_on_the_hundredth_page_is_found(page: Page) -> None:
    def many(url: str) -> Answer:
        if "organizationAcls" not in url:
            return page(url)
        start = int(url.partition("start=")[2].partition("&")[0])
        others = [{"organization": f"urn:li:organization:{n}", "role": "ADMINISTRATOR", "state": "APPROVED"} for n in range(500, 730)]
        mine = {"organizationTarget": ME, "role": "ADMINISTRATOR", "state": "APPROVED"}
        return Answer({"paging": {}, "elements": [*others, mine][start : start + 100]})

    assert linkedin.identify(DISTRICT, client_of(many)).native_id == ME


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://www.linkedin.com/company/fircrest/about/",
        "https://www.linkedin.com/company/100/",
        "https://linkedin.com/school/fircrest",
    ],
)
def test_the_organization_of_the_register_is_found(page: Page, url: str) -> None:
    identity = linkedin.identify(account("linkedin", url), client_of(page))
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (ME, "linkedin.com", "Fircrest Schools", "fircrest")


def test_an_unknown_organization_is_refused_and_a_renamed_one_is_followed(page: Page) -> None:
    other = account("linkedin", "https://www.linkedin.com/company/larkspur")
    with pytest.raises(AccountUnavailable, match="larkspur"):
        linkedin.identify(other, client_of(page))
    assert linkedin.identify(other.identified(Identity(ME, "linkedin.com")), client_of(page)).handle == "fircrest"
    with pytest.raises(Blocked):
        linkedin.identify(other.identified(Identity("urn:li:organization:999", "linkedin.com")), client_of(page))
    with pytest.raises(Blocked, match="without a token"):
        linkedin.identify(other, Scripted(page))


# -- the sandbox's page, and what others did ---------------------------------------------------------------------------------------


def test_the_sandboxes_page_is_read_whole() -> None:
    """Written by another hand, from the same published pages."""
    network, client = sandbox()
    page = account("linkedin", "https://www.linkedin.com/company/cascadevalleyesd", api_url="http://linked.test")
    page = page.identified(linkedin.identify(page, client))
    found = {r.record_id: r for e in linkedin.fetch(page, Window("full"), client) for r in linkedin.parse(e)}
    told = [post for post in network.posts.values() if post.where == "linkedin" and post.status == "visible"]
    announced = [post for post in told if post.event]
    assert announced
    assert len(found) == 1 + len(told) + len(announced) > 150
    assert {found[found[r].shared_id or ""].title for r in found if "/events/" in str(found[r].links)} == {
        p.event.name for p in announced if p.event
    }
    texts = {post.now.text for post in told if "@" not in post.now.text}  # LinkedIn writes a name where somebody is named
    assert {text for text in texts if not any(text in (r.text or "") for r in found.values())} == set()
    assert {r.leftover for r in found.values()} == {()}
    assert {m.missing_reason for r in found.values() for m in r.media} == {None}
    counted = {r.record_id: r.counts["comments"] for r in found.values() if r.counts and "comments" in r.counts}
    assert counted == {record_id: sum(r.parent_id == record_id for r in found.values()) for record_id in counted}
    assert network.invalid == []


def test_posts_of_others_that_mention_the_page_or_pass_on_its_posts(page: Page) -> None:
    page.notice(
        "SHARE_MENTION", 40, share(77), share={"entity": share(77), "owner": BEN, "text": "Thank you @[Fircrest](urn:li:organization:100)"}
    )
    page.notice("SHARE", 41, share(1), share={"entity": share(78), "owner": AMY, "text": "Look \\#1"})
    page.notice("SHARE", 42, share(1), share={"entity": share(2), "owner": ME, "text": "our own"})
    page.notice("LIKE", 43, share(1))
    for window in (Window("full"), Window("history"), Window("recent", since=START)):
        found = records_of(page, window)
        assert {(found[share(n)].kind, found[share(n)].parent_id, found[share(n)].author_id) for n in (77, 78)} == {
            ("comment", None, BEN),
            ("comment", None, AMY),
        }
        assert [found[share(n)].text for n in (77, 78)] == ["Thank you Fircrest", "Look #1"]
        assert [found[share(n)].shared_id for n in (77, 78)] == [None, f"linkedin:{share(1)}"]
        assert found[share(2)].kind == "post"
    late = records_of(page, Window("recent", since=START + timedelta(hours=41)))
    assert (share(77) in late, share(78) in late) == (False, True)
    mention = Known(f"linkedin:{share(77)}", share(77), "comment", None, f"linkedin:{share(77)}")
    [told] = linkedin.lookup(DISTRICT, [mention], client_of(page))
    assert isinstance(told, Absence)
    assert (told.status, told.ended, "60 days" in told.reason) == ("visible", True, True)


def test_who_is_no_administrator_is_told_nothing_of_mentions_and_that_is_said(page: Page) -> None:
    page.roles = ["CONTENT_ADMINISTRATOR"]
    exchanges = list(linkedin.fetch(DISTRICT, Window("full"), client_of(page)))
    assert "posts that mention the page" in max(e.context.get("short", "") for e in exchanges)
    assert {share(1), share(2)} <= {r.native_id for e in exchanges for r in linkedin.parse(e)}
    page.roles = ["ADMINISTRATOR"]
    assert not any("short" in e.context for e in linkedin.fetch(DISTRICT, Window("full"), client_of(page)))


def test_new_comments_on_old_posts_are_told() -> None:
    page = Page()
    for number in range(1, 700):
        page.post(number)
    for number in (20, 21, 650):
        page.comment(number, number + 1000)
    page.notice("COMMENT", 600, share(21))  # before the last capture: it was read then
    page.notice("COMMENT", 695, share(20), comment_urn(20, 1020))
    page.notice("COMMENT_EDIT", 696, share(650))
    page.notice("COMMENT", 697, "urn:li:event:5")
    client = client_of(page)
    found = {r.native_id for e in linkedin.fetch(DISTRICT, RECENT, client) for r in linkedin.parse(e)}
    assert found == {ME, share(20), comment_urn(20, 1020), comment_urn(650, 1650)} | {share(n) for n in range(500, 700)}
    assert share(21) in records_of(page, replace(RECENT, changed_since=None))  # there was no such capture before


def test_only_wanted_conversations_are_read_and_their_ends_are_told(page: Page) -> None:
    page.comment(2, 40)
    page.post(3)
    plan = Chosen(lambda root: root != f"linkedin:{share(2)}")
    given: list[str] = []
    for exchange in linkedin.fetch(DISTRICT, Window("full", plan=plan), client_of(page)):
        assert f"linkedin:{share(1)}" not in plan.whole or comment_urn(1, 13) in given
        given += [r.native_id for r in linkedin.parse(exchange)]
    assert {comment_urn(1, 10), comment_urn(1, 13)} <= set(given)
    assert comment_urn(2, 40) not in given
    assert plan.asked == {f"linkedin:{share(n)}": (count, True) for n, count in ((1, 4), (2, 1), (3, 0))}
    assert plan.whole == [f"linkedin:{share(n)}" for n in (3, 1)]


def test_an_edit_of_which_linkedin_tells_is_another_sign() -> None:
    page = Page()
    for number in range(1, 700):
        page.post(number)
    page.comment(20, 1020)
    page.notice("COMMENT_EDIT", 695, share(20))
    plan = Chosen(lambda _: True)
    list(linkedin.fetch(DISTRICT, replace(RECENT, plan=plan), client_of(page)))
    assert plan.asked[f"linkedin:{share(20)}"] == (f"1 {at(695)}", True)
    assert plan.asked[f"linkedin:{share(650)}"] == (0, True)


def test_a_comment_of_which_linkedin_tells_that_it_was_deleted_is_removed(page: Page) -> None:
    page.notice("COMMENT_DELETE", 95, share(1), "urn:li:comment:(activity:50001,99)")
    asked = [known(comment_urn(1, 99)), known(comment_urn(1, 98)), known(comment_urn(1, 10))]
    answers = list(linkedin.lookup(DISTRICT, asked, client_of(page)))
    told = {a.record_id: a for a in answers if isinstance(a, Absence)}
    assert {record: (a.status, a.acted_by) for record, a in told.items()} == {
        f"linkedin:{comment_urn(1, 99)}": ("removed", None),
        f"linkedin:{comment_urn(1, 98)}": ("unavailable", None),
    }
    deleted = told[f"linkedin:{comment_urn(1, 99)}"]
    assert "2026-11-04T23:00:00" in deleted.reason
    assert b"COMMENT_DELETE" in deleted.exchange.body
    page.roles = ["CONTENT_ADMINISTRATOR"]  # who is told nothing of deletions
    answers = list(linkedin.lookup(DISTRICT, asked, client_of(page)))
    assert {a.status for a in answers if isinstance(a, Absence)} == {"unavailable"}


# -- failures -----------------------------------------------------------------------------------------------------------------------


def test_a_days_limit_ends_at_midnight_utc(page: Page) -> None:
    page.answers["posts?q=author"] = error(429, "TOO_MANY_REQUESTS", "Resource level throttle MEMBER DAY limit for calls is reached.", 101)
    with pytest.raises(Throttled) as told:
        records_of(page)
    assert told.value.until == datetime(2026, 11, 25, tzinfo=UTC)
    page.answers["posts?q=author"] = error(429, "TOO_MANY_REQUESTS", "Too many", headers={"Retry-After": "60"})
    with pytest.raises(Throttled) as told:
        records_of(page)
    assert told.value.until == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("answer", "failure", "mend"),
    [
        (error(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600), TokenExpired, "right one"),
        (error(401, "REVOKED_ACCESS_TOKEN", "revoked by the user", 65601), TokenExpired, "consent again"),
        (error(401, "EXPIRED_ACCESS_TOKEN", "has expired", 65602), TokenExpired, "60 days"),
        (error(403, "ACCESS_DENIED", "Not enough permissions", 100), Blocked, "permission or a role"),
        (error(426, "NONEXISTENT_VERSION", "Requested version 20260501 is not active"), UnexpectedResponse, "later one"),
        (error(400, "ILLEGAL_ARGUMENT", "Invalid query parameters"), UnexpectedResponse, "next capture"),
        (Answer("<html>", 503), UnexpectedResponse, "next capture"),
    ],
)
def test_failures_are_named_in_the_platforms_words(page: Page, answer: Answer, failure: type[PlatformFailure], mend: str) -> None:
    page.answers["posts?q=author"] = answer
    with pytest.raises(failure) as told:
        records_of(page)
    assert mend in told.value.mend
    assert not isinstance(answer.body, dict) or answer.body["message"] in told.value.message


def test_what_was_read_before_a_fault_was_given_out(page: Page) -> None:
    page.answers["/comments"] = error(403, "ACCESS_DENIED", "x", 100)
    given_out: list[Exchange] = []
    with pytest.raises(Blocked):
        given_out.extend(linkedin.fetch(DISTRICT, Window("full"), client_of(page)))
    assert {ME, share(1), share(2)} == {r.native_id for e in given_out for r in linkedin.parse(e)}


def test_one_odd_comment_keeps_nothing_behind_it_from_being_read() -> None:
    page = Page()
    page.post(1)
    page.comment(1, 10)
    page.post(2)
    page.comment(2, 11, message=None)
    page.comment(2, 12, BEN, page.comment(2, 13))
    found, unread = set[str](), 0
    for exchange in linkedin.fetch(DISTRICT, Window("full"), client_of(page)):
        try:
            found |= {r.native_id for r in linkedin.parse(exchange)}
        except UnexpectedResponse:  # kept as it came
            unread += 1
    assert (unread, {share(1), share(2), comment_urn(1, 10), comment_urn(2, 12)} <= found) == (1, True)


def test_a_post_that_has_just_gone_stops_nothing(page: Page) -> None:
    page.answers[f"{quote(share(1), safe='')}/comments"] = MISSING
    assert {share(1), share(2)} <= set(records_of(page))


def test_words_that_come_under_another_name_are_no_edit(page: Page) -> None:
    page.posts[share(1)]["text"] = page.posts[share(1)].pop("commentary")
    with pytest.raises(UnexpectedResponse, match="commentary"):
        records_of(page)
    page.posts[share(1)]["commentary"] = "x"
    page.comments[share(1)][0]["message"] = {"attributes": [], "words": "x"}
    with pytest.raises(UnexpectedResponse, match="message/text"):
        records_of(page)


# -- by id ----------------------------------------------------------------------------------------------------------------------------


def known(urn: str, kind: str = "comment", parent: str | None = None, root: str = share(1)) -> Known:
    return Known(f"linkedin:{urn}", urn, kind, f"linkedin:{parent or root}", f"linkedin:{root}")


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
    for answer in (error(401, "x"), error(403, "ACCESS_DENIED", "x"), error(429, "x"), error(500, "x")):
        page.answers["?ids="] = answer
        with pytest.raises(PlatformFailure):
            list(linkedin.lookup(DISTRICT, [known(comment_urn(1, 10))], client_of(page)))
    refused = {"results": {}, "errors": {"10": error(403, "ACCESS_DENIED", "x").body}, "statuses": {}}
    page.answers["?ids="] = Answer(refused)
    with pytest.raises(Blocked):
        list(linkedin.lookup(DISTRICT, [known(comment_urn(1, 10))], client_of(page)))


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
