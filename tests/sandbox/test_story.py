"""Scenes of the story: a mistake is reported with its file and step, and times count from a base.

The base is the scene, the start of the story, or a post.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.sandbox.network import Network
from infra.sandbox.story.cast import gather
from infra.sandbox.story.moments import change_moment, parse_span, split_moment
from infra.sandbox.story.scene import Scene, StoryError, play_scene

START = datetime(2026, 11, 24, 18, 30, 7, tzinfo=UTC)


@pytest.fixture
def scene() -> Scene:
    network = Network(START)
    gather(network)
    return Scene(network, "made-up.yaml, first", {"where": "mastodon", "ice": "Closed"}, START)


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ({"shout": "x"}, "shout is none of"),
        ({"publish": "x", "titel": "y"}, "unexpected keyword argument 'titel'"),
        ({"publish": "{snow}"}, "KeyError: 'snow'"),
        ({"publish": "x", "by": "Nobody Known"}, "KeyError: 'Nobody Known'"),
        ({"publish": "x", "at": "+2 hours"}, "'+2' is no span of time"),
        ({"publish": "x", "at": "+2w"}, "'+2w' is no span of time"),
        ({"comment": "x", "below": "closure"}, "KeyError: 'mastodon:closure'"),
        ({"hide": "closure"}, "KeyError: 'mastodon:closure'"),
        ({"steps": [{"publish": "x"}], "every": "1d"}, "a group of steps has no every"),
    ],
)
def test_a_wrong_step_is_named(scene: Scene, step: dict[str, Any], reason: str) -> None:
    with pytest.raises(StoryError, match=r"^made-up\.yaml, first, step 2: ") as error:
        scene.play([{"publish": "{ice}"}, step])
    assert reason in str(error.value)


def test_a_wrong_step_in_a_group_is_named_with_its_group(scene: Scene) -> None:
    with pytest.raises(StoryError, match=r"^made-up\.yaml, first, step 1, step 2: shout is none of"):
        scene.play([{"for": ["mastodon"], "steps": [{"publish": "x"}, {"shout": "x"}]}])


def test_a_scene_without_the_posts_of_act_1_says_so(scene: Scene) -> None:
    with pytest.raises(StoryError, match=r"linkedin\.yaml, second, step 1: KeyError: 'linkedin:levy'"):
        play_scene(scene.network, "linkedin", "second")


def test_moments_count_from_the_scene_the_start_or_a_post(scene: Scene) -> None:
    scene.base = START - timedelta(days=2)
    scene.play(
        [{"publish": "x", "at": "+4m", "name": "post one"}, {"repost": "post one", "at": "post one +1h"}]
    )
    first, second = scene.network.heads["mastodon"]
    assert first.created == START - timedelta(days=2) + timedelta(minutes=4)
    assert second.created == first.created + timedelta(hours=1)
    assert scene.moment("-1d") == START - timedelta(days=1)
    assert scene.moment("start +9d +2h") == START + timedelta(days=9, hours=2)
    assert scene.moment("-3d @13:40") == datetime(2026, 11, 21, 13, 40, 7, tzinfo=UTC)
    assert split_moment("photo comment +1h @02") == ("photo comment", ["+1h", "@02"])
    assert change_moment(START, ["@02"]) == START.replace(hour=2)
    assert parse_span("-2h14m9s") == -timedelta(hours=2, minutes=14, seconds=9)
