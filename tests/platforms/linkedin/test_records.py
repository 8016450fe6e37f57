"""Records from LinkedIn's responses: text and files, comments, the profile, and damage."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.sandbox.faces.linkedin.access import asset_urn, image_urn
from infra.sandbox.model import Card, Poll, Video
from recordroom.canonical import version_of
from recordroom.errors import UnexpectedResponse
from recordroom.model import Absence, Exchange, Record
from recordroom.platforms import linkedin
from recordroom.platforms.contract import Window
from recordroom.platforms.linkedin import little_text
from tests.fault_transport import Answer as Rule
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox, marked, words_of
from tests.platforms.contract.test_lookup import known
from tests.platforms.linkedin.test_walk import MISSING, natives, rewrite_item, urn_of
from tests.platforms.scripted import Answer

PLATFORM = "linkedin"
ME = "urn:li:organization:100"
FIXTURES = Path(__file__).parent


@pytest.mark.parametrize(
    ("given_text", "text", "mentions", "tags"),
    [
        ("plain", "plain", [], []),
        (
            r"\#1 \(a\) \[b\] \{c\} \@d \<e\> \*f\* \_g\_ \~h \| \\ i",
            r"#1 (a) [b] {c} @d <e> *f* _g_ ~h | \ i",
            [],
            [],
        ),
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
    assert little_text.read(given_text) == little_text.Plain(text, mentions, tags)


@given(st.text(alphabet=st.sampled_from([*"ab1 #@|{}[]()<>*_~\\\n:", "é", "❄"])))
def test_escaped_text_reads_as_it_was(text: str) -> None:
    escaped = re.sub(r"[|{}@\[\]()<>#\\*_~]", lambda found: f"\\{found[0]}", text)
    assert little_text.read(escaped) == little_text.Plain(text)


def give_content(sandbox: Sandbox, content: dict[str, Any]) -> Record:
    """Return the record of a post with this content, which the sandbox itself does not have."""
    post = sandbox.publish(words="Notice 900")
    with sandbox.transport.meanwhile("", rewrite_item(post, content=content)):
        found = natives(sandbox)[sandbox.named(post)]
    sandbox.network.remove(post)
    return found


def withhold(*urns: str) -> Rule:
    """Return the platform's response without these files, with the report that it does not find them."""

    def change(body: Any) -> Any:
        for urn in set(urns) & body["results"].keys():
            del body["results"][urn], body["statuses"][urn]
            body["errors"][urn] = MISSING.body
        return body

    return rewrite_json(change)


def test_posts_of_every_kind(sandbox: Sandbox) -> None:
    network = sandbox.network
    bus = network.photo("linkedin", "A bus")
    pictures = [network.photo("linkedin", str(number)) for number in range(45)]
    card, day = Card("https://x.example/", "Title", "About"), START + timedelta(days=2)
    thumbnail = network.photo("linkedin", "Snow")
    posts = {
        "image": sandbox.publish(photos=[bus]),
        "video": sandbox.publish(video=Video(5), title="Route 9"),
        "document": sandbox.publish(paper=network.paper("linkedin", "Report.pdf")),
        "images": sandbox.publish(photos=pictures),
        "article": sandbox.publish(card=card, photos=[thumbnail]),
        "poll": sandbox.publish(poll=Poll(["Yes", "No"], [3, 4], day), title="Open?"),
        "event": sandbox.publish(event=network.event("linkedin", "Fair", day)),
    }
    network.caption(posts["video"], "en", "Ice")
    records = natives(sandbox)
    found = {name: records[sandbox.named(post)] for name, post in posts.items()}
    assert [(m.identity, m.type, m.alt_text) for m in found["image"].media] == [
        (image_urn(bus), "image", "A bus")
    ]
    video = asset_urn("video", posts["video"].number)
    assert [(m.identity, m.type, m.position) for m in found["video"].media] == [
        (video, "video", 1),
        (f"{video}/captions", "document", 2),
    ]
    assert found["video"].title == "Route 9"
    assert [(m.identity.split(":")[2], m.type) for m in found["document"].media] == [("document", "document")]
    assert [(m.alt_text, m.position, bool(m.url)) for m in found["images"].media] == [
        (str(n), n + 1, True) for n in range(45)
    ]
    article, poll, words = found["article"], found["poll"], posts["poll"].now.text
    assert article.text == f"{posts['article'].now.text}\n\nTitle\n\nAbout"
    assert (article.links, [m.identity for m in article.media]) == (
        ["https://x.example/"],
        [image_urn(thumbnail)],
    )
    assert poll.text == f"{words}\n\nOpen?\n\n- Yes\n- No"
    assert all(record.leftover == () for record in records.values())
    assert posts["poll"].poll is not None
    posts["poll"].poll.votes[0] = 99
    assert version_of(natives(sandbox)[poll.native_id]) == version_of(poll)
    announced = next(record for urn, record in records.items() if ":event:" in urn)
    assert (
        found["event"].links
        == [announced.url]
        == [f"https://www.linkedin.com/events/{announced.native_id.rpartition(':')[2]}"]
    )


def test_content_of_kinds_that_are_rare_or_new(sandbox: Sandbox) -> None:
    post = give_content(sandbox, {"reference": {"id": "urn:li:appreciation:8"}})
    assert (post.links, post.leftover) == (["urn:li:appreciation:8"], ())
    assert give_content(sandbox, {"hologram": {"id": "x"}}).leftover == ("content.hologram",)


def test_post_that_shares_another_names_it(sandbox: Sandbox) -> None:
    other = sandbox.network.publish(sandbox.others[0], "Theirs", at=START - timedelta(days=3))
    quote = sandbox.publish(quote=other)
    repost = sandbox.network.repost(sandbox.us, quote, at=START - timedelta(hours=1))
    bare = sandbox.publish(days=2, quote=other)
    with sandbox.transport.meanwhile("posts?q=author", rewrite_item(bare, "commentary")):
        found = natives(sandbox)
    told = [
        (found[sandbox.named(post)].shared_id, found[sandbox.named(post)].text)
        for post in (quote, repost, bare)
    ]
    theirs = f"linkedin:{sandbox.named(other)}"
    assert told == [(theirs, quote.now.text), (f"linkedin:{sandbox.named(quote)}", ""), (theirs, "")]


def test_drafts_are_no_records(sandbox: Sandbox) -> None:
    draft, post = sandbox.publish(), sandbox.publish()
    with sandbox.transport.meanwhile(
        "posts?q=author", rewrite_item(draft, "publishedAt", lifecycleState="DRAFT")
    ):
        assert set(marked(sandbox.read().values())) == words_of([post])


def test_post_in_an_unknown_state_is_a_record_and_the_state_is_reported(sandbox: Sandbox) -> None:
    post, said = sandbox.converse()
    with sandbox.transport.meanwhile("/posts?", rewrite_item(post, lifecycleState="PUBLISHED_LIVE")):
        found = marked(sandbox.read().values())
        answers = sandbox.lookup(known(found[post.now.text]))
    record = found[post.now.text]
    assert (record.status, record.leftover) == ("visible", ("lifecycleState.PUBLISHED_LIVE",))
    assert words_of(said) <= set(found)
    assert not [one for one in answers if isinstance(one, Absence)]


def test_signed_addresses_come_in_the_same_run_and_are_no_edit(sandbox: Sandbox) -> None:
    post = sandbox.publish(photos=[sandbox.network.photo("linkedin", "Snow")])
    before = natives(sandbox)[sandbox.named(post)]
    sandbox.network.wait(hours=1)
    exchange = next(one for one in sandbox.fetch() if "posts?q=author" in one.url)
    [again] = linkedin.parse(exchange)
    assert again.media[0].url != before.media[0].url
    assert version_of(again) == version_of(before)


def test_files_without_an_address_are_reported(sandbox: Sandbox) -> None:
    photo = sandbox.network.photo("linkedin", "Snow")
    post, film = sandbox.publish(photos=[photo]), sandbox.publish(days=2, video=Video(5))
    image, video = image_urn(photo), asset_urn("video", film.number)
    record = natives(sandbox)[sandbox.named(post)]
    with sandbox.transport.meanwhile("/images?", withhold(image)):
        for window in (Window("full"), Window("one", url=record.url)):
            exchanges = sandbox.fetch(window)
            assert f"first: {image}" in exchanges[-1].context["short"]
            [media] = sandbox.parse(exchanges)[record.record_id].media
            assert (media.url, media.missing_reason) == (None, "LinkedIn gives no address of it")
    assert not any("short" in exchange.context for exchange in sandbox.fetch())
    waiting = Answer({"results": {video: {"id": video, "status": "PROCESSING"}}, "errors": {}})
    with sandbox.transport.meanwhile("/videos?", waiting.instead):
        [media] = natives(sandbox)[sandbox.named(film)].media
    assert media.missing_reason == "LinkedIn calls it PROCESSING"


def test_comments_name_people_and_hold_pictures(sandbox: Sandbox) -> None:
    post, (amy, ben) = sandbox.publish(), sandbox.others
    photo = sandbox.network.photo("linkedin", "Snow")
    at = post.created + timedelta(minutes=1)
    comment = sandbox.network.comment(amy, post, "Teacher, see #snow", photos=[photo], at=at)
    member = {"com.linkedin.common.MemberAttributedEntity": {"member": urn_of(sandbox, ben)}}
    tag = {"com.linkedin.common.HashtagAttributedEntity": {"hashtag": "urn:li:hashtag:snow"}}
    attributes = [{"start": 0, "length": 7, "value": member}, {"start": 13, "length": 5, "value": tag}]
    asset = image_urn(photo).replace(":image:", ":digitalmediaAsset:")
    content = [
        {"type": "IMAGE", "entity": {"digitalmediaAsset": asset}, "url": "https://media.licdn.com/x?t=1"},
        {"type": "ARTICLE", "entity": {}, "url": "https://x.example/"},
        {"type": "IMAGE"},
    ]
    plain = natives(sandbox)[sandbox.named(comment)]
    assert [(m.identity, bool(m.url)) for m in plain.media] == [(asset, True)]
    message = {"text": comment.now.text, "attributes": attributes}
    with sandbox.transport.meanwhile("/comments?", rewrite_item(comment, message=message, content=content)):
        found = natives(sandbox)[sandbox.named(comment)]
    assert (found.mentions, found.links) == ([urn_of(sandbox, ben)], ["https://x.example/"])
    assert [(m.identity, bool(m.url)) for m in found.media] == [
        (asset, True),
        (f"{sandbox.named(comment)}/2", False),
    ]
    named = sandbox.network.comment(amy, post, "Thank you @teacher", at=at)
    assert natives(sandbox)[sandbox.named(named)].mentions == [urn_of(sandbox, ben)]


def test_address_of_a_picture_that_comes_as_its_urn_alone_is_requested(sandbox: Sandbox) -> None:
    post, here = sandbox.publish(), sandbox.network.photo("linkedin", "Snow")
    pictured = sandbox.publish(photos=[here])
    image, gone = image_urn(here), "urn:li:image:ggg"
    question = sandbox.comment(post)
    reply = sandbox.comment(question, 1)

    def entities(body: Any) -> Any:
        for urn, words in ((image, question.now.text), (gone, reply.now.text)):
            for item in [*body.get("elements", ()), *body.get("results", {}).values()]:
                if item["message"]["text"] == words:
                    item["content"] = [{"type": "IMAGE", "entity": {"image": urn}}]
        return body

    with sandbox.transport.meanwhile("/comments?", rewrite_json(entities)):
        exchanges = sandbox.fetch()
        records = {record.native_id: record for record in sandbox.parse(exchanges).values()}
        answers = sandbox.lookup(known(records[sandbox.named(question)]))
    assert sandbox.named(pictured) in records
    assert [(m.identity, bool(m.url)) for m in records[sandbox.named(question)].media] == [(image, True)]
    lost = [(m.identity, m.missing_reason) for m in records[sandbox.named(reply)].media]
    assert lost == [(gone, "LinkedIn gives no address of it")]
    assert f"first: {gone}" in exchanges[-1].context["short"]
    [record] = sandbox.parse(one for one in answers if not isinstance(one, Absence)).values()
    assert [(m.identity, bool(m.url)) for m in record.media] == [(image, True)]


def test_file_of_a_comment_of_an_unknown_sort_is_no_link_and_is_reported(sandbox: Sandbox) -> None:
    comment = sandbox.comment(sandbox.publish())

    def read(signed: int) -> Record:
        content = [
            {
                "type": "STICKER",
                "entity": {"sticker": "urn:li:sticker:x"},
                "url": f"https://media.licdn.com/x?t={signed}",
            },
            {
                "type": "DOCUMENT",
                "entity": {"document": "urn:li:document:y"},
                "url": f"https://media.licdn.com/y?t={signed}",
            },
            {"type": "REEL", "entity": {"reel": "urn:li:reel:z"}},
            {"type": "BUTTON", "url": "https://x.example/"},
        ]
        with sandbox.transport.meanwhile("/comments?", rewrite_item(comment, content=content)):
            return natives(sandbox)[sandbox.named(comment)]

    first = read(1)
    assert version_of(first) == version_of(read(2))
    assert [(m.identity, m.type, bool(m.url)) for m in first.media] == [
        ("urn:li:sticker:x", "document", True),
        ("urn:li:document:y", "document", True),
        ("urn:li:reel:z", "document", False),
    ]
    assert first.links == ["https://x.example/"]
    assert first.leftover == ("content.type.STICKER", "content.type.REEL", "content.type.BUTTON")


def test_comment_whose_author_linkedin_hides(sandbox: Sandbox) -> None:
    comment = sandbox.comment(sandbox.publish())
    sandbox.network.unpublish(sandbox.others[0])
    found = natives(sandbox)[sandbox.named(comment)]
    assert (found.text, found.author_id, found.author_is_account) == (comment.now.text, None, None)


def test_profile_and_its_pictures(sandbox: Sandbox) -> None:
    sandbox.network.accounts[sandbox.us].about = "Schools"
    cover = sandbox.network.photo("linkedin", "A school")
    sandbox.publish(photos=[cover])
    asset = image_urn(cover).replace(":image:", ":digitalmediaAsset:")

    def complete(body: Any) -> Any:
        return body | {"coverPhotoV2": body["logoV2"] | {"original": asset}, "foundedOn": {"year": 1911}}

    me = sandbox.identify().known.native_id
    with sandbox.transport.meanwhile("/organizations/", rewrite_json(complete)):
        profile = natives(sandbox)[me]
    assert [m.identity.split(":")[2] for m in profile.media] == ["image", "image"]
    assert profile.media[1].identity == image_urn(cover)
    assert all(m.url for m in profile.media)
    assert (profile.title, profile.text) == (
        "District",
        "Schools\n\nFounded: 1911\nAddress: Larkspur Ridge, Washington, US",
    )


SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"]["elements"][0]


def parsed(body: Any, **context: Any) -> list[Record]:
    return list(
        linkedin.parse(
            Exchange("GET", "https://api.linkedin.com/rest/x", 200, (), json.dumps(body).encode(), context)
        )
    )


def test_unknown_fields_are_reported() -> None:
    [told] = parsed(
        SHAPE | {"mood": "sunny", "lifecycleStateInfo": {"isEditedByAuthor": False, "shoeSize": 44}},
        account=ME,
    )
    assert told.leftover == ("mood", "lifecycleStateInfo.shoeSize")
    first, second = parsed({"elements": [SHAPE, SHAPE], "paging": {}}, account=ME)
    assert (first.leftover, second.leftover) == ((), ())


def test_times_are_milliseconds() -> None:
    [told] = parsed(SHAPE | {"createdAt": 1679663763610, "publishedAt": 1679663764088}, account=ME)
    assert told.published_at == datetime(2023, 3, 24, 13, 16, 4, 88000, tzinfo=UTC)
    with pytest.raises(UnexpectedResponse, match="milliseconds"):
        parsed(SHAPE | {"publishedAt": 10**17}, account=ME)
