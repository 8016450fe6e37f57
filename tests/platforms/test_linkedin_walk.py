"""What LinkedIn is asked for, against a made-up page behind the API's manners."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote, urlsplit

import pytest

from recordroom.errors import UnexpectedResponse
from recordroom.model import Absence, Exchange, version_of
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
    error,
    known,
    records_of,
    sandbox,
    share,
)
from tests.platforms.scripted import Answer, Chosen, account, asked_for


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


def test_every_request_names_version_and_protocol_and_finders_and_batches_say_so(page: Page) -> None:
    client = client_of(page)
    linkedin.identify(account("linkedin", URL), client)
    list(linkedin.fetch(DISTRICT, Window("full"), client))
    for url, sent in zip(client.asked, client.sent, strict=True):
        assert sent["Authorization"] == f"Bearer {TOKEN}"
        assert re.fullmatch(r"20\d\d(0[1-9]|1[0-2])", sent["LinkedIn-Version"])
        assert sent["X-Restli-Protocol-Version"] == "2.0.0"
        query = urlsplit(url).query
        assert sent.get("X-RestLi-Method") == ("FINDER" if "q=" in query else "BATCH_GET" if "ids=" in query else None)
    assert {sent.get("X-RestLi-Method") for sent in client.sent} == {None, "FINDER", "BATCH_GET"}
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
    page.answers["COMMENT_DELETE"] = error(500, "INTERNAL_SERVER_ERROR")
    for role in ("ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"):  # the latter is told nothing of deletions
        page.roles = [role]
        answers = list(linkedin.lookup(DISTRICT, asked, client_of(page)))
        assert [a.status for a in answers if isinstance(a, Absence)] == ["unavailable", "unavailable"]
        page.answers.clear()


def test_of_comments_nothing_is_concluded_where_the_holder_has_no_role_that_reads_them(page: Page) -> None:
    """A super admin who becomes a content admin still reads posts."""
    page.comments.clear()
    page.roles = ["CONTENT_ADMINISTRATOR"]
    answers = list(linkedin.lookup(DISTRICT, [known(comment_urn(1, 10)), known(comment_urn(1, 11), "reply")], client_of(page)))
    assert not any(isinstance(a, Absence) for a in answers)
    told = {name for a in answers if isinstance(a, Exchange) for name in a.context.get("untold", ())}
    assert told == {f"linkedin:{comment_urn(1, n)}" for n in (10, 11)}
    assert "gives comments to administrators" in max(a.context.get("short", "") for a in answers if isinstance(a, Exchange))
    assert [r for a in answers if isinstance(a, Exchange) for r in linkedin.parse(a)] == []
    page.roles.append("DIRECT_SPONSORED_CONTENT_POSTER")
    answers = list(linkedin.lookup(DISTRICT, [known(comment_urn(1, 10))], client_of(page)))
    assert [a.status for a in answers if isinstance(a, Absence)] == ["unavailable"]
