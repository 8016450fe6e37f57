"""Play a story on the sandbox, and record the exchanges between the archive and the platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from infra.sandbox import films, pictures
from infra.sandbox.network import Network
from recordroom.platforms.registry import load
from tests.capture import airflow_database
from tests.capture.everywhere.random_stories.actions import Action, Killed, perform
from tests.capture.everywhere.random_stories.looks import (
    TROUBLES,
    SmallParts,
    killed,
    look,
    outage,
    overdue,
    refused,
    restarted,
    throttled,
)
from tests.capture.everywhere.random_stories.oracle import Oracle
from tests.capture.everywhere.random_stories.plot import play
from tests.capture.everywhere.random_stories.steps import (
    ACTS,
    Act,
    Story,
    comment,
    edit,
    moderate,
    publish,
    wait,
)
from tests.capture.everywhere.recorded_stories.results import outcome_of, results_of, without_captures
from tests.capture.everywhere.recorded_stories.story_file import Exchange, RecordedAction, RecordedStory
from tests.capture.everywhere.scene import Scene, opened
from tests.clock import standing
from tests.services import S3, Buckets

# LinkedIn's API has a version for each month, and none of a later one
START = datetime(2026, 6, 1, 16, tzinfo=UTC)
KILLED = "killed"  # in place of a response: the process ended before it came
# what people do before the first capture, and how often
CROWD: Mapping[Act, float] = {publish: 10, comment: 14}
# what they do afterwards
CHANGES: Mapping[Act, float] = {**ACTS, publish: 5, comment: 14, edit: 14, moderate: 18, wait: 8}
# the trouble that the first capture meets
AT_FIRST = (None, killed, killed, overdue, overdue, outage, refused, restarted, throttled)
PIXELS = 16  # on each side of an image and of a video's frames: the record keeps all their bytes
LEFT_OUT = frozenset({"content-length", "date", "server", "transfer-encoding"})  # headers of responses


@dataclass
class Recorder(httpx.BaseTransport):
    """The network of a story, which notes each exchange with the action that makes it."""

    real: httpx.BaseTransport
    scene: Scene
    done: list[RecordedAction] = field(default_factory=list)
    _open: list[RecordedAction] = field(default_factory=list)  # the last one runs now, within those before it
    _waiting: list[Exchange] = field(default_factory=list)  # requests that wait for their response

    @property
    def _network(self) -> Network:
        return self.scene.network

    def perform(self, action: Action) -> Any:
        noted = RecordedAction(action.name, action.argument, action.machine, self._network.now().isoformat())
        (self._waiting[-1].meanwhile if self._waiting else self.done).append(noted)
        self._open.append(noted)
        try:
            came_to = perform(self.scene.archive, self.scene.name, action)
            noted.outcome = outcome_of(came_to)
        finally:
            self._open.pop()
        return came_to

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        noted = Exchange(request.method, str(request.url), request.read())
        self._open[-1].exchanges.append(noted)
        self._waiting.append(noted)
        before = self._network.now()
        try:
            response = self.real.handle_request(request)
            noted.status, noted.content = response.status_code, response.read()
            noted.headers = [
                (name, value) for name, value in response.headers.multi_items() if name not in LEFT_OUT
            ]
        except Killed:
            noted.failure = KILLED
            raise
        except httpx.TransportError as failure:
            noted.failure, noted.words = type(failure).__name__, str(failure)
            raise
        finally:
            self._waiting.pop()
            after = self._network.now()
            noted.clock = after.isoformat() if after != before else ""
        return response


def name_of(platform: str, seed: int) -> str:
    """Return the name of a story's account."""
    return f"{platform}-{seed}"


def forget_tokens(platform: str) -> None:
    """Forget the tokens and secrets that an earlier story of the same account left."""
    if load(platform).PLATFORM.renewal:
        airflow_database.forget_variables()
    airflow_database.forget_secrets()


def record(platform: str, seed: int, s3: S3, folder: Path) -> RecordedStory:
    """Play and record the story of that seed.

    At its end the archive must hold what the sandbox shows (Oracle).
    """
    forget_tokens(platform)
    scene = opened(platform, s3, Buckets(), folder, START, name=name_of(platform, seed))
    scene.network.quotas[scene.where] = (10**6, 300)
    recorder = Recorder(scene.between, scene)
    scene.archive.place = replace(scene.archive.place, transport=recorder)
    story = Story(scene, Random(f"recorded {platform} {seed}"))  # noqa: S311 (no secret: the same story each time)
    story.perform = recorder.perform
    parts = SmallParts.thrown(story.dice, pages=(3, 10, 1000))
    try:
        with pytest.MonkeyPatch.context() as patch, standing(scene.network.now):
            parts.put_in_force(patch)
            _draw_small(patch)
            _forget_drawn()
            _play(story, Oracle(story))
            results = results_of(scene.archive, scene.name)
    except BaseException as failure:
        failure.add_note("\n".join(["", f"seed {seed} on {platform}:", *story.steps]))
        raise
    finally:
        _forget_drawn()
    return RecordedStory(
        platform, seed, list(astuple(parts)), recorder.done, results, [*map(without_captures, story.steps)]
    )


def _forget_drawn() -> None:
    """Empty the caches of the sandbox: other tests draw the same photos larger."""
    pictures.picture.cache_clear()
    films.film.cache_clear()


def _draw_small(patch: pytest.MonkeyPatch) -> None:
    """Draw all photos small."""
    for name in ("jpeg", "png"):
        draw = getattr(pictures, name)
        patch.setattr(pictures, name, lambda seed, *_, draw=draw: draw(seed, PIXELS, PIXELS))


def _play(story: Story, oracle: Oracle) -> None:
    """Play a crowd, a first capture in trouble, and the changes afterwards."""
    story.acts = CROWD
    for _ in range(story.dice.randint(6, 24)):
        story.act()
    story.acts = CHANGES
    look(story, None, story.dice.choice(AT_FIRST))
    oracle.claims()
    play(story, oracle, story.dice.randint(10, 20), people=0.8, troubles=(*TROUBLES, overdue))
