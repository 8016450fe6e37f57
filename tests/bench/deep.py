"""deep.<platform>: the missing comments of a post with 5,000 comments in threads three deep.

The post is captured completely, and compared with the platform's count. This is the story of
tests/capture/everywhere/test_whole.py on the platforms on which no test plays it, because it takes long. The
requests that it needed are reported too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, done, in_child, say
from tests.capture import airflow_database
from tests.capture.everywhere.scene import CROWDED, crowded, opened
from tests.capture.everywhere.stages import STAGES
from tests.services import S3, Buckets

# platforms end old versions of their APIs
START = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
COMMENTS = 5_000


def _measure(name: str, ground: Ground) -> Iterator[Measure]:
    (held, again, requests), _ = in_child(captured, name, ground.s3)
    say(f"deep.{name}: {held:,} of {COMMENTS:,} comments by {requests} requests, {again} more by a sweep")
    yield done(f"deep.{name}", COMMENTS - held, "comments that lack", ok=(held, again) == (COMMENTS, 0))


PARTS = tuple(
    Part((f"deep.{name}",), False, partial(_measure, name), if_named=True)
    for name, stage in sorted(STAGES.items())
    if stage.answered and name not in CROWDED
)


def captured(platform: str, s3: S3) -> tuple[int, int, int]:
    """How many comments a first capture holds, how many more a sweep finds, and the requests of the first
    one. Neither leaves a gap.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        airflow_database.used(airflow_database.migrate(Path(folder))),
    ):
        scene = opened(platform, s3, Buckets(), Path(folder) / "play", START)
        crowded(scene)
        first = scene.sound()
        held = len({row["record_id"] for row in scene.rows() if row["parent_id"]})
        again = scene.sound("full").new
        assert scene.gaps() == []
        return held, again, first.requests
