"""first.<platform>: a first capture of 100,000 comments (a tenth of ROWS): requests made, against the fewest
that its pages allow.

Posts with 100 comments each, all of them answers to the post. A platform is a Stage of the shared stories and
a line of data here. The fewest are what its published API needs at least: full pages of posts; full pages of
comments, of each post by itself, or of all posts together where one list has them; and for each post what the
API tells nowhere but at the post. Not counted among them is all that a capture asks besides: who answers, the
profile, whether a list has ended, what others wrote about the account; of a small account that is most of it,
so that the bar is for the whole size. A feed has no comments. At that size a platform takes three to twelve
minutes, in which the sandbox writes and checks its answers, and all of them more than an hour.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from recordroom.capture import budget
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_most, in_child, say
from tests.capture import airflow_database
from tests.capture.everywhere.scene import opened
from tests.clock import standing
from tests.services import S3, Buckets


@dataclass(frozen=True, slots=True)
class Pages:
    """The capacity of a platform's responses.

    posts, comments: how many a response contains at most. together: a response contains comments on several
    posts. heads: it contains these posts again. batch: how many posts a response completes with what no list
    contains. each: requests for each post besides those for its comments.
    """

    posts: int
    comments: int
    together: bool = False
    heads: bool = False
    batch: int | None = None
    each: int = 0

    def fewest(self, posts: int, each: int) -> int:
        comments = (
            -(-posts * (each + self.heads) // self.comments)
            if self.together
            else posts * -(-each // self.comments)
        )
        return (
            -(-posts // self.posts)
            + comments
            + (-(-posts // self.batch) if self.batch else 0)
            + posts * self.each
        )


EACH, BAR = 100, 1.1
PAGES = {  # sources: the limits that each platform's file names
    "bluesky": Pages(100, EACH),  # a conversation is one answer, however large
    "facebook": Pages(100, 100),
    "instagram": Pages(100, 50),
    # what counts their comments; how many posts it may be asked about is not published
    "linkedin": Pages(100, 100, batch=20),
    "mastodon": Pages(40, 4_096),
    "threads": Pages(100, 100, each=2),  # the replies that wait for approval, and the number of all replies
    "tiktok": Pages(20, 30),
    "vimeo": Pages(100, 100),
    "wordpress": Pages(100, 100, together=True),
    "x": Pages(100, 500, together=True, heads=True),  # the archive's search takes many conversations at once
    "youtube": Pages(50, 100),
}
# platforms end old versions of their APIs
START = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)


def _measure(name: str, ground: Ground) -> Iterator[Measure]:
    posts = max(10, ground.rows // 10 // EACH)
    requests, memory = in_child(first_capture, name, ground.s3, posts)
    say(f"first.{name}: {posts * EACH:,} comments by {requests} requests, {memory:.0f} MB")
    yield at_most(f"first.{name}", [(requests, PAGES[name].fewest(posts, EACH))], BAR, "requests")


PARTS = tuple(
    Part((f"first.{name}",), False, partial(_measure, name), if_named=True) for name in sorted(PAGES)
)


def first_capture(platform: str, s3: S3, posts: int) -> int:
    """The requests of all runs that the history took, without those for media; everything is there
    afterwards.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        airflow_database.used(airflow_database.migrate(Path(folder))),
    ):
        scene = opened(platform, s3, Buckets(), Path(folder) / "play", START)
        scene.network.quota(scene.where, 10**9)
        for number in range(posts):
            post = scene.publish(
                f"Notice {number}",
                title=f"Notice {number}",
                at=START - timedelta(hours=12 * (posts - number)),
            )
            for answer in range(EACH):
                scene.network.comment(
                    scene.parent, post, f"Question {answer}", at=post.created + timedelta(minutes=answer)
                )
        with standing(scene.network.now):
            while not scene.archive.state(scene.name).sums.history.get("done"):
                outcome = scene.capture("history")
                assert (outcome.failure, outcome.not_before) == (None, None), outcome
                scene.network.wait(days=1)
        sums = scene.archive.state(scene.name).sums
        assert [sums.present(kind) for kind in ("post", "comment", "reply")] == [posts, posts * EACH, 0]
        return budget.spent_by_window(sums, START)["history"][0]
