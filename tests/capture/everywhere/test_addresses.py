"""An address names the post, even if the addresses of its replies begin with it, or names one reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from recordroom.capture.permalink.attribution import PermalinkMatch
from recordroom.capture.permalink.capture import capture_conversation
from recordroom.capture.permalink.receipt import NOT_THERE
from tests.capture.everywhere.scene import Scene, conversation, says
from tests.capture.everywhere.stages import STAGES

pytestmark = pytest.mark.parametrize(
    "scene", sorted(name for name, stage in STAGES.items() if stage.answered), indirect=True
)
BELOW: Mapping[str, str] = {  # how people get the address of a reply where the platform's API gives none
    "instagram": "{post}c/{id}/",
    "linkedin": "{post}?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A1%2C{id}%29",
    "vimeo": "{post}?share=copy#comment_{id}",
}
GONE: Mapping[str, str] = {  # of a reply that the platform does not show
    **{name: form.replace("{id}", "99") for name, form in BELOW.items()},
    "facebook": "{post}?comment_id=99",
    "wordpress": "{post}#comment-99000",
    "youtube": "{post}&lc=Ugx99",
}


def whose(scene: Scene, url: str, lacking: tuple[str, ...] = ()) -> PermalinkMatch:
    outcome, receipt = capture_conversation(
        scene.archive.place, scene.archive.register, scene.archive.account(scene.name), url
    )
    assert (outcome.failure, receipt.lacking) == (None, [*lacking])
    assert receipt.whose is not None
    return receipt.whose


def row(scene: Scene, text: str) -> dict[str, Any]:
    return next(r for r in scene.rows() if says(r, text))


def with_more(url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}utm_source=mail"


def test_the_address_of_a_post_is_not_of_an_answer_below_it(scene: Scene) -> None:
    told, _, _ = conversation(scene)
    for number in range(6):
        scene.network.comment(scene.parent, told, f"Question {number}")
    scene.sound()
    post = row(scene, "Closed today")
    for url in (post["url"], with_more(post["url"])):
        found = whose(scene, url)
        assert (found.record_id, found.address, found.names, found.unshown) == (
            post["record_id"],
            post["url"],
            "",
            False,
        )
    if scene.platform == "youtube":
        for url in (
            f"https://m.youtube.com/watch?v={post['native_id']}",
            f"https://youtu.be/{post['native_id']}",
        ):
            assert whose(scene, url).record_id == post["record_id"]


def test_the_address_of_an_answer_is_of_that_answer(scene: Scene) -> None:
    conversation(scene)
    scene.sound()
    post = row(scene, "Closed today")
    for text in ("And the buses?", "They stay in the yard."):
        answer = row(scene, text)
        number = answer["native_id"].rstrip(")").rpartition(",")[2]
        url = answer["url"] or BELOW.get(scene.platform, "").format(post=post["url"], id=number)
        # none on TikTok; these accept only their own
        if not url or scene.platform in ("mastodon", "threads"):
            continue
        found = whose(scene, url)
        assert (found.record_id, found.names, found.unshown) == (answer["record_id"], "", False), url


def test_an_answer_of_ours_that_has_an_address_like_a_post_is_itself(scene: Scene) -> None:
    post = scene.publish("Closed today")
    comment = scene.network.comment(scene.parent, post, "And the buses?")
    scene.network.comment(scene.us, comment, "They stay in the yard.")
    scene.sound()
    answer = row(scene, "They stay in the yard.")
    if scene.platform in ("bluesky", "mastodon", "x"):
        assert whose(scene, answer["url"]).record_id == answer["record_id"]


def test_an_answer_that_is_not_shown_is_not_taken_for_its_post(scene: Scene) -> None:
    conversation(scene)
    scene.sound()
    post = row(scene, "Closed today")
    if form := GONE.get(scene.platform):
        # so the receipt does not say that it may be moderated
        found = whose(scene, form.format(post=post["url"]), (NOT_THERE,))
        assert (found.record_id, found.unshown) == (post["record_id"], True)
