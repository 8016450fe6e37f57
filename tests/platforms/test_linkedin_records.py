"""What is read from LinkedIn's answers: words and files, comments, the profile, and damage."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom.errors import UnexpectedResponse
from recordroom.model import Absence, Exchange, Record, version_of
from recordroom.platforms import Known, Window, linkedin
from recordroom.platforms.linkedin import little
from tests.platforms.organization import API, BEN, DISTRICT, ME, Page, client_of, comment_urn, conversation, records_of, share
from tests.platforms.scripted import Answer

FIXTURES = Path(__file__).parent / "linkedin"


@pytest.fixture
def page() -> Page:
    return conversation()


@pytest.mark.parametrize(
    ("given_text", "text", "mentions", "tags"),
    [
        ("plain", "plain", [], []),
        (r"\#1 \(a\) \[b\] \{c\} \@d \<e\> \*f\* \_g\_ \~h \| \\ i", r"#1 (a) [b] {c} @d <e> *f* _g_ ~h | \ i", [], []),
        (r"See @[Mira \[PTA\]](urn:li:person:aB-1_x)!", "See Mira [PTA]!", ["urn:li:person:aB-1_x"], []),
        ("@[Devtestco] (urn:li:organization:2414183)", "Devtestco", ["urn:li:organization:2414183"], []),
        (r"{hashtag|\#|snow}{hashtag|#|Día\_1}", "#snow#Día_1", [], ["snow", "Día_1"]),
        ("#one and https://x.example/#two, a&#3", "#one and https://x.example/#two, a&#3", [], ["one"]),
        (r"@[A](urn:li:person:a) @[A](urn:li:person:a) #x #x", "A A #x #x", ["urn:li:person:a"], ["x"]),
        (r"C:\new @[unfinished](x) {hashtag|", r"C:\new @[unfinished](x) {hashtag|", [], []),
        (r"a \@[not a mention](urn:li:person:a)", "a @[not a mention](urn:li:person:a)", [], []),
    ],
)
def test_little_text(given_text: str, text: str, mentions: list[str], tags: list[str]) -> None:
    assert little.read(given_text) == little.Plain(text, mentions, tags)


@given(st.text(alphabet=st.sampled_from([*"ab1 #@|{}[]()<>*_~\\\n:", "é", "❄"])))
def test_what_is_escaped_reads_as_it_was(text: str) -> None:
    escaped = re.sub(r"[|{}@\[\]()<>#\\*_~]", lambda found: f"\\{found[0]}", text)
    assert little.read(escaped) == little.Plain(text)


def with_content(content: dict[str, Any], **more: Any) -> tuple[Page, Record]:
    page = Page(**more)
    page.post(1, content=content)
    return page, records_of(page)[share(1)]


def test_posts_of_every_kind() -> None:
    image, video, document = "urn:li:image:iii", "urn:li:video:vvv", "urn:li:document:ddd"
    _, post = with_content({"media": {"id": image, "altText": "A bus"}})
    assert [(m.identity, m.type, m.alt_text) for m in post.media] == [(image, "image", "A bus")]
    _, post = with_content({"media": {"id": video, "title": "Route 9"}}, captioned={video})
    assert [(m.identity, m.type, m.position) for m in post.media] == [(video, "video", 1), (f"{video}/captions", "document", 2)]
    assert post.title == "Route 9"
    _, post = with_content({"media": {"id": document, "title": "Report.pdf"}})
    assert [(m.identity, m.type) for m in post.media] == [(document, "document")]
    images = [{"id": f"urn:li:image:{n:03d}", "altText": f"{n}"} for n in range(45)]
    page, post = with_content({"multiImage": {"images": images}})
    assert [(m.alt_text, m.position, bool(m.url)) for m in post.media] == [(str(n), n + 1, True) for n in range(45)]
    article = {"source": "https://x.example/", "title": "Title", "description": "About", "thumbnail": image}
    _, post = with_content({"article": article})
    assert (post.text, post.links, [m.identity for m in post.media]) == ("post 1\n\nTitle\n\nAbout", ["https://x.example/"], [image])
    options = [{"text": "Yes", "voteCount": 3, "isVotedByViewer": False}, {"text": "No", "voteCount": 4, "isVotedByViewer": False}]
    page, post = with_content({"poll": {"question": "Open?", "options": options, "settings": {}, "uniqueVotersCount": 7}})
    assert post.text == "post 1\n\nOpen?\n\n- Yes\n- No"
    page.posts[share(1)]["content"]["poll"]["options"][0]["voteCount"] = 99
    assert version_of(records_of(page)[share(1)]) == version_of(post)
    _, post = with_content({"reference": {"id": "urn:li:event:77"}})
    assert post.links == ["https://www.linkedin.com/events/77"]
    _, post = with_content({"reference": {"id": "urn:li:appreciation:8"}})
    assert post.links == ["urn:li:appreciation:8"]
    assert post.leftover == ()
    _, post = with_content({"hologram": {"id": "x"}})
    assert post.leftover == ("content.hologram",)


def test_a_post_that_passes_on_another_names_it(page: Page) -> None:
    page.post(3, commentary="", reshareContext={"parent": share(77), "root": share(76)})
    page.post(4, reshareContext={"parent": share(77), "root": share(76)})
    del page.posts[share(4)]["commentary"]
    found = records_of(page)
    assert [(found[share(n)].shared_id, found[share(n)].text) for n in (3, 4)] == [(f"linkedin:{share(77)}", "")] * 2


def test_drafts_are_no_records(page: Page) -> None:
    page.post(5, lifecycleState="DRAFT")
    page.answers["posts?q=author"] = Answer({"paging": {}, "elements": list(page.posts.values())})
    assert share(5) not in records_of(page)


def test_a_post_in_a_state_that_nobody_knows_is_a_record_and_the_state_is_told(page: Page) -> None:
    page.post(5, lifecycleState="PUBLISHED_LIVE")
    page.comment(5, 60)
    page.answers["posts?q=author"] = Answer({"paging": {}, "elements": list(page.posts.values())})
    found = records_of(page)
    assert (found[share(5)].text, found[share(5)].status, found[share(5)].leftover) == (
        "post 5",
        "visible",
        ("lifecycleState.PUBLISHED_LIVE",),
    )
    assert comment_urn(5, 60) in found
    known = Known(f"linkedin:{share(5)}", share(5), "post", None, f"linkedin:{share(5)}")
    assert not [a for a in linkedin.lookup(DISTRICT, [known], client_of(page)) if isinstance(a, Absence)]


def test_signed_addresses_come_in_the_same_run_and_are_no_edit() -> None:
    page, post = with_content({"media": {"id": "urn:li:image:iii"}})
    exchange = next(e for e in linkedin.fetch(DISTRICT, Window("full"), client_of(page)) if "posts?q=author" in e.url)
    [again] = linkedin.parse(exchange)
    assert again.media[0].url != post.media[0].url
    assert version_of(again) == version_of(post)


def test_files_without_an_address_are_told_to_the_core() -> None:
    image, video = "urn:li:image:iii", "urn:li:video:vvv"
    page, post = with_content({"media": {"id": image}}, lacking={image})
    assert (post.media[0].url, post.media[0].missing_reason) == (None, "LinkedIn gives no address of it")
    permalink = f"https://www.linkedin.com/feed/update/{share(1)}"
    for window in (Window("full"), Window("one", url=permalink)):
        exchanges = list(linkedin.fetch(DISTRICT, window, client_of(page)))
        assert f"the first: {image}" in exchanges[-1].context["short"]
    page.lacking = set()
    assert not any("short" in e.context for e in linkedin.fetch(DISTRICT, Window("full"), client_of(page)))
    page.answers["/videos?"] = Answer({"results": {video: {"id": video, "status": "PROCESSING"}}, "errors": {}})
    page.posts[share(1)]["content"] = {"media": {"id": video}}
    assert records_of(page)[share(1)].media[0].missing_reason == "LinkedIn calls it PROCESSING"


def test_comments_name_people_and_hold_pictures(page: Page) -> None:
    value = {"com.linkedin.common.MemberAttributedEntity": {"member": BEN}}
    tag = {"com.linkedin.common.HashtagAttributedEntity": {"hashtag": "urn:li:hashtag:snow"}}
    message = {"text": "Ben, see #snow", "attributes": [{"start": 0, "length": 3, "value": value}, {"start": 9, "length": 5, "value": tag}]}
    content = [
        {"type": "IMAGE", "entity": {"digitalmediaAsset": "urn:li:digitalmediaAsset:x"}, "url": "https://media.licdn.com/x?t=1"},
        {"type": "ARTICLE", "entity": {}, "url": "https://x.example/"},
        {"type": "IMAGE"},
    ]
    page.comment(2, 30, message=message, content=content)
    found = records_of(page)[comment_urn(2, 30)]
    assert (found.mentions, found.links) == ([BEN], ["https://x.example/"])
    assert [(m.identity, bool(m.url)) for m in found.media] == [
        ("urn:li:digitalmediaAsset:x", True),
        (f"{comment_urn(2, 30)}/2", False),
    ]


def test_a_picture_of_a_comment_that_comes_as_its_urn_alone_is_asked_for(page: Page) -> None:
    image, gone = "urn:li:image:iii", "urn:li:image:ggg"
    page.lacking = {gone}
    above = page.comment(2, 30, content=[{"entity": {"image": image}}])
    page.comment(2, 31, BEN, above, content=[{"type": "IMAGE", "entity": {"image": gone}}])
    exchanges = list(linkedin.fetch(DISTRICT, Window("full"), client_of(page)))
    found = {record.native_id: record.media for e in exchanges for record in linkedin.parse(e)}
    assert [(m.identity, bool(m.url)) for m in found[comment_urn(2, 30)]] == [(image, True)]
    assert [(m.identity, m.missing_reason) for m in found[comment_urn(2, 31)]] == [(gone, "LinkedIn gives no address of it")]
    assert f"the first: {gone}" in exchanges[-1].context["short"]
    known = Known(f"linkedin:{above}", above, "comment", f"linkedin:{share(2)}", f"linkedin:{share(2)}")
    [record] = [r for e in linkedin.lookup(DISTRICT, [known], client_of(page)) if not isinstance(e, Absence) for r in linkedin.parse(e)]
    assert [(m.identity, bool(m.url)) for m in record.media] == [(image, True)]


def test_a_file_of_a_comment_of_a_sort_that_nobody_knows_is_a_file_and_no_link_and_is_told(page: Page) -> None:
    def content(signed: int) -> list[dict[str, Any]]:
        return [
            {"type": "STICKER", "entity": {"sticker": "urn:li:sticker:x"}, "url": f"https://media.licdn.com/x?t={signed}"},
            {"type": "DOCUMENT", "entity": {"document": "urn:li:document:y"}, "url": f"https://media.licdn.com/y?t={signed}"},
            {"type": "REEL", "entity": {"reel": "urn:li:reel:z"}},
            {"type": "BUTTON", "url": "https://x.example/"},
        ]

    page.comment(2, 30, content=content(1))
    first = records_of(page)[comment_urn(2, 30)]
    page.comments[share(2)][0]["content"] = content(2)
    again = records_of(page)[comment_urn(2, 30)]
    assert version_of(first) == version_of(again)
    assert [(m.identity, m.type, bool(m.url)) for m in first.media] == [
        ("urn:li:sticker:x", "document", True),
        ("urn:li:document:y", "document", True),
        ("urn:li:reel:z", "document", False),
    ]
    assert first.links == ["https://x.example/"]
    assert first.leftover == ("content.type.STICKER", "content.type.REEL", "content.type.BUTTON")


def test_a_comment_whose_author_linkedin_hides(page: Page) -> None:
    urn = page.comment(2, 30)
    [item] = [one for one in page.comments[share(2)] if one["$URN"] == urn]
    del item["actor"]
    item |= {name: {"time": item[name]["time"]} for name in ("created", "lastModified")}
    found = records_of(page)[urn]
    assert (found.text, found.author_id, found.author_is_account) == ("comment 30", None, None)


def test_the_profile_and_its_pictures(page: Page) -> None:
    crop = {"original": "urn:li:digitalmediaAsset:logo", "cropped": "urn:li:digitalmediaAsset:other", "cropInfo": {}}
    page.organization |= {"logoV2": crop, "coverPhotoV2": {"original": "urn:li:digitalmediaAsset:cover"}, "foundedOn": {"year": 1911}}
    profile = records_of(page)[ME]
    assert [m.identity for m in profile.media] == ["urn:li:image:logo", "urn:li:image:cover"]
    assert all(m.url for m in profile.media)
    assert (profile.title, profile.text) == ("Fircrest Schools", "Schools\n\nFounded: 1911")


SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"]["elements"][0]


def parsed(body: Any, **context: Any) -> list[Record]:
    return list(linkedin.parse(Exchange("GET", f"{API}x", 200, (), json.dumps(body).encode(), context)))


def test_what_nobody_decided_about_is_reported() -> None:
    [told] = parsed(SHAPE | {"mood": "sunny", "lifecycleStateInfo": {"isEditedByAuthor": False, "shoeSize": 44}}, account=ME)
    assert told.leftover == ("mood", "lifecycleStateInfo.shoeSize")
    first, second = parsed({"elements": [SHAPE, SHAPE], "paging": {}}, account=ME)
    assert (first.leftover, second.leftover) == ((), ())


def test_times_are_milliseconds() -> None:
    [told] = parsed(SHAPE | {"createdAt": 1679663763610, "publishedAt": 1679663764088}, account=ME)
    assert told.published_at == datetime(2023, 3, 24, 13, 16, 4, 88000, tzinfo=UTC)
    with pytest.raises(UnexpectedResponse, match="milliseconds"):
        parsed(SHAPE | {"publishedAt": 10**17}, account=ME)
