"""People publish, change, and remove on any platform."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from recordroom.capture import reader
from recordroom.model import ZONE
from tests.archives import register_of
from tests.capture.everywhere.scene import Scene, conversation, says


def test_who_answers_whom(scene: Scene) -> None:
    conversation(scene)
    scene.sound()
    rows = scene.rows()
    post, comment = (next(r for r in rows if says(r, text)) for text in ("Closed today", "And the buses?"))
    reply = next(r for r in rows if says(r, "They stay in the yard."))
    assert (post["parent_id"], comment["parent_id"], reply["parent_id"]) == (
        None,
        post["record_id"],
        comment["record_id"],
    )
    assert {comment["root_id"], reply["root_id"]} == {post["record_id"]}
    assert [r["author_is_account"] for r in (post, comment, reply)] == [True, False, False]


def test_a_post_edited_five_times(scene: Scene) -> None:
    post = scene.publish("Version 0", title="Version 0")
    scene.sound()
    for number in range(1, 6):
        scene.network.edit(post, f"Version {number}", title=f"Version {number}")
        assert scene.sound().changed >= 1
    texts = [r["text"].partition("\n")[0] for r in scene.rows()]
    assert list(dict.fromkeys(texts)) == [f"Version {number}" for number in range(6)]
    assert scene.sound().changed == 0


# which report edits from before the first capture
@pytest.mark.parametrize("scene", ["mastodon", "wordpress", "x"], indirect=True)
def test_a_sweep_that_overtakes_a_first_capture_reads_earlier_wordings_too(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        post = scene.publish(f"First wording {number}", title="Notice")
        scene.network.edit(post, f"Second wording {number}", title="Notice")
    with monkeypatch.context() as hurried:
        hurried.setattr(reader, "LONGEST_RUN", timedelta(0))
        assert scene.capture().unfinished
    scene.sound("sweep")
    assert scene.archive.state(scene.name).sums.history["done"], "so nothing will ever ask for them again"
    said = {f"{which} wording {number}" for which in ("First", "Second") for number in range(3)}
    assert said <= {r["text"].partition(" https")[0] for r in scene.rows()}


def test_a_comment_removed_by_its_author(scene: Scene) -> None:
    _, _, reply = conversation(scene)
    scene.sound()
    scene.network.remove(reply)
    assert scene.sound().absent == 1
    assert scene.told("They stay in the yard.") == [("visible", []), (scene.stage.gone_below, ["status"])]
    assert scene.sound().absent == 0


# elsewhere what was removed does not come back
@pytest.mark.parametrize("scene", ["bluesky", "wordpress"], indirect=True)
def test_a_comment_removed_and_restored(scene: Scene) -> None:
    """A comment comes out of the trash, or its author writes it again under its old key.

    Its earlier versions stay, and it is visible again.
    """
    _, _, reply = conversation(scene)
    scene.sound()
    take_away = scene.network.trash if scene.platform == "wordpress" else scene.network.remove
    take_away(reply)
    scene.sound()
    gone = "trashed" if scene.platform == "wordpress" else scene.stage.gone_below
    assert scene.told("They stay in the yard.") == [("visible", []), (gone, ["status"])]
    scene.network.restore(reply)
    for kind in (None, "full"):
        scene.sound(kind)
        assert scene.told("They stay in the yard.") == [
            ("visible", []),
            (gone, ["status"]),
            ("visible", ["status"]),
        ]


def test_a_comment_hidden_by_the_page_and_shown_again(scene: Scene) -> None:
    _, comment, _ = conversation(scene)
    scene.sound()
    scene.network.hide(comment)
    scene.sound()
    scene.network.restore(comment)
    scene.sound()
    assert scene.told("And the buses?") == [("visible", []), ("hidden", ["status"]), ("visible", ["status"])]
    [hidden] = [r for r in scene.rows() if (r["status"], r["text"]) == ("hidden", "And the buses?")]
    assert hidden["acted_by"] == scene.stage.hides
    assert hidden["status_reason"]


def test_a_deletion_of_the_parent_of_replies(scene: Scene) -> None:
    _, comment, reply = conversation(scene)
    scene.sound()
    scene.network.remove(comment)
    scene.sound()
    assert scene.told("And the buses?")[-1] == (scene.stage.gone_below, ["status"])
    gone = scene.network.posts[reply.key].status == "removed"
    assert scene.told("They stay in the yard.")[-1][0] == (scene.stage.gone_below if gone else "visible")
    parents = {r["parent_id"] for r in scene.rows() if says(r, "They stay in the yard.")}
    assert len(parents) == 1, "the parent as first seen"


# elsewhere replies disappear with their post, or are found in another way
@pytest.mark.parametrize("scene", ["bluesky", "mastodon"], indirect=True)
def test_what_is_said_below_an_answer_whose_post_has_gone(scene: Scene) -> None:
    post, comment, _ = conversation(scene)
    scene.sound()
    scene.network.remove(post)
    assert scene.sound().absent == 1
    scene.network.comment(scene.parent, comment, "Nobody told us.")
    assert scene.sound().new == 1
    [late] = [r for r in scene.rows() if says(r, "Nobody told us.")]
    [above] = [r for r in scene.rows() if says(r, "And the buses?")]
    assert (late["kind"], late["parent_id"], late["root_id"]) == (
        "reply",
        above["record_id"],
        above["parent_id"],
    )
    again = scene.sound("full")
    assert (again.new, again.changed, scene.gaps()) == (0, 0, [])


# elsewhere a reply names its conversation itself
@pytest.mark.parametrize("scene", ["mastodon"], indirect=True)
def test_an_answer_to_somebody_whose_account_is_away_stands_in_its_conversation(scene: Scene) -> None:
    post, comment, _ = conversation(scene)
    scene.sound()
    scene.network.comment(scene.us, comment, "They run again.")
    scene.network.suspend(comment.author)
    assert scene.capture().failure is None
    [head, above, answer] = [
        next(r for r in scene.rows() if says(r, text))
        for text in (post.now.text, comment.now.text, "They run again.")
    ]
    assert (answer["kind"], answer["parent_id"], answer["root_id"]) == (
        "reply",
        above["record_id"],
        head["record_id"],
    )


@pytest.mark.parametrize("scene", ["bluesky"], indirect=True)
def test_an_answer_that_the_account_hides_stays_hidden_when_what_it_answers_has_gone(scene: Scene) -> None:
    _, comment, reply = conversation(scene)
    scene.network.hide(reply)
    scene.sound()
    scene.network.remove(comment)
    for kind in (None, "full"):
        scene.sound(kind)
        assert scene.told("They stay in the yard.") == [("hidden", [])]


def test_a_comment_that_goes_with_its_authors_account_and_comes_back_with_it(scene: Scene) -> None:
    conversation(scene)
    scene.sound()
    scene.network.suspend(scene.teacher)
    assert scene.capture().failure is None
    assert set(scene.gaps()) <= {"counts-differ"}, "a platform may count what it shows to no one"
    scene.network.suspend(scene.teacher, suspended=False)
    scene.sound()
    assert scene.gaps() == []
    assert scene.told("They stay in the yard.") == [("visible", []), *scene.stage.orphan]


def test_thirty_gone_at_once_are_gone_once_a_person_says_so(scene: Scene) -> None:
    posts = [scene.publish(f"Post {n}") for n in range(40)]
    scene.sound()
    for post in posts[:30]:
        scene.network.remove(post)
    outcome = scene.capture()
    assert outcome.absent == 0
    assert "mass-absence" in scene.gaps()
    assert {r["status"] for r in scene.rows()} == {"visible"}
    posts[0].status, posts[0].changed = "visible", posts[0].created  # it never was away
    word = {"until": datetime.now(ZONE).date().isoformat(), "why": "the office removed them"}
    scene.archive.register = register_of(
        {**scene.archive.register.raw[0], "explained": {"mass-absence": word}}
    )
    assert scene.sound("full").absent == 29
    assert scene.gaps() == []
    assert [scene.told(f"Post {n}")[1:] for n in (0, 1, 29, 30)] == [
        [],
        *[[(scene.stage.gone, ["status"])]] * 2,
        [],
    ]
    gone = [r for r in scene.rows() if r["status"] == scene.stage.gone]
    assert all(
        "the register confirms that so many disappeared at once (mass-absence, " in r["status_reason"]
        and r["warc_record_id"]
        for r in gone
    )
