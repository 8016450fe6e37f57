"""first.<platform>: a first capture of 100,000 comments (a tenth of ROWS): requests made, against the fewest that its pages allow.

Posts with 100 comments each, all of them answers to the post. The fewest: full pages of posts, and of comments for each post. A platform is
a Stage of the shared stories and a line of data here: how many posts and how many comments it gives in one answer.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from recordroom.capture import budget
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_most, in_child, say
from tests.capture import airflow_database
from tests.capture.test_every_platform import opened
from tests.clock import standing
from tests.services import S3, Buckets

PAGES = {"facebook": (100, 100), "mastodon": (40, 4_096), "youtube": (50, 100), "vimeo": (100, 100)}  # posts, comments in an answer
EACH, BAR = 100, 1.1
START = datetime(2026, 3, 2, tzinfo=UTC)


def _measure(name: str, ground: Ground) -> Iterator[Measure]:
    posts = max(10, ground.rows // 10 // EACH)
    requests, memory = in_child(first_capture, name, ground.s3, posts)
    say(f"first.{name}: {posts * EACH:,} comments by {requests} requests, {memory:.0f} MB")
    listed, commented = PAGES[name]
    fewest = -(-posts // listed) + posts * -(-EACH // commented)
    yield at_most(f"first.{name}", [(requests, fewest)], BAR, "requests")


PARTS = tuple(Part((f"first.{name}",), (), partial(_measure, name)) for name in sorted(PAGES))


def first_capture(platform: str, s3: S3, posts: int) -> int:
    """The requests of all runs that the history took, without those for media; everything is there afterwards."""
    with tempfile.TemporaryDirectory() as folder, airflow_database.used(airflow_database.migrate(Path(folder))):
        scene = opened(platform, s3, Buckets(), Path(folder) / "play", START)
        scene.network.quota(platform, 10**9)
        for number in range(posts):
            post = scene.publish(f"Notice {number}", title=f"Notice {number}", at=START - timedelta(hours=12 * (posts - number)))
            for answer in range(EACH):
                scene.network.comment(scene.parent, post, f"Question {answer}", at=post.created + timedelta(minutes=answer))
        new = 0
        with standing(scene.network.now):
            while not scene.archive.state(scene.name).sums.history.get("done"):
                outcome = scene.capture("history")
                assert (outcome.failure, outcome.not_before) == (None, None)
                new += outcome.new
                scene.network.wait(days=1)
        assert new == posts * (EACH + 1) + 1, new
        return budget.by_window(scene.archive.state(scene.name).sums, START)["history"][0]
