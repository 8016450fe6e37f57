"""day.<platform>.<spent|paid|recent|old>: the cost of a day of captures, and how soon a new comment is seen.

The district has 8 accounts with 5,000 posts and 50,000 comments of four years. One of its accounts, with an
eighth of them, is played on the sandbox's face in this process, with a clock of its own. A day has a capture
every 15 minutes (or as often as the platform's interval permits), the nightly sweep, and ordinary activity: a
new post, and a comment every 100 minutes, in turn on posts of the last 30 days and on older ones, as a reply
to the post and to another comment. On a platform without comments each is a new post.

The result is the spending of eight such accounts next to the limit if they share it; the limits of Meta and
Mastodon belong to each token. If responses cost money, the month's cap leaves the account PART for each day,
and `paid` is the cost of this day. A day may cost more than its part because of lists that are read after all
turns: the next days then have less, and the cap holds.

A platform is a Stage of the shared stories, and a line of data here if it has a bar or a limit with a unit of
its own.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from infra.sandbox.faces import native_id
from infra.sandbox.model import Post
from recordroom.archive.state.account_state import AccountState
from recordroom.capture import budget
from recordroom.capture.windows import why_not_due
from recordroom.platforms.registry import load
from tests.archives import TestArchive
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, at_most, below, done, in_child, say
from tests.capture import airflow_database
from tests.capture.everywhere.scene import Scene, opened
from tests.capture.everywhere.stages import STAGES
from tests.clock import standing
from tests.services import S3, Buckets

ACCOUNTS, POSTS, COMMENTS, YEARS = 8, 5_000 // 8, 50_000 // 8, 4
# A day may cost more than its part of the month's money, which the month's other days then pay for: the day
# is not one of the last in its month. It is recent, since platforms end old versions of their APIs.
NEWEST = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
START = min(NEWEST, NEWEST.replace(day=20))
SWEEP, STEP = timedelta(hours=9, minutes=20), timedelta(minutes=15)
PROBE, LAST_PROBE = timedelta(minutes=100), timedelta(hours=22)
RECENT = timedelta(days=30)
PART = 10  # US dollars a day
# shares of the limit
BARS = {"youtube": 0.25, "facebook": 0.1, "instagram": 0.1, "threads": 0.1, "mastodon": 0.1}
# each token has the limit itself; Meta's so often as people engaged, or saw it, in a day (of Threads the
# least is the limit)
APART = {"mastodon": 1, "threads": 1, "facebook": 10, "instagram": 100}


@dataclass(frozen=True, slots=True)
class Day:
    """`units`, `requests` of one account; `paid`: thousandths of a US dollar, of those that the month's cap
    `left`; `recent`, `old`: hours until a new comment was seen, at most. `unseen`: that never were.
    """

    units: int
    paid: int
    left: int
    requests: int
    windows: dict[str, int]
    recent: float
    old: float
    unseen: int


def _measures(name: str, ground: Ground) -> Iterator[Measure]:
    found, _ = in_child(day_of, name, ground.s3)
    say(f"day.{name}: {found}")
    limit, spent = load(name).PLATFORM.budget, found.units * (1 if name in APART else ACCOUNTS)
    whole = budget.allowed_in_a_day(limit) if limit else None
    if whole is None:
        yield done(f"day.{name}.spent", spent, "units, limit not known", ok=True)
    else:
        yield at_most(
            f"day.{name}.spent",
            [(spent, whole * APART.get(name, 1))],
            BARS.get(name, 1.0),
            "units of the limit",
        )
    if "paid" in _whats(name):
        yield done(
            f"day.{name}.paid", found.paid / 1_000, f"US dollars, next to {PART}", ok=found.paid <= found.left
        )
    for what, hours, bar in (("recent", found.recent, 1), ("old", found.old, 24)):
        if what in _whats(name):
            yield below(
                f"day.{name}.{what}", hours if not found.unseen else float("inf"), bar, "hours until seen"
            )


def _whats(name: str) -> tuple[str, ...]:
    """Without comments, an old post has no news."""
    paid, old = ("paid",) if load(name).PLATFORM.price else (), ("old",) if STAGES[name].answered else ()
    return ("spent", *paid, "recent", *old)


PARTS = tuple(
    Part(tuple(f"day.{name}.{what}" for what in _whats(name)), False, partial(_measures, name))
    for name in sorted(STAGES)
)


# -- one account's day
# ------------------------------------------------------------------------------------------------------------


@dataclass
class _Story:
    scene: Scene
    dice: random.Random
    posts: list[Post]
    state: AccountState
    # native id of a new comment -> its post, when it was written
    waiting: dict[str, tuple[Post, datetime]] = field(default_factory=dict)
    # (on a post of the last 30 days, after how long)
    seen: list[tuple[bool, timedelta]] = field(default_factory=list)

    def probe(self, number: int) -> None:
        """A new comment: in turn on a recent post and on an older one, in turn below the post and below a
        comment.
        """
        network, recent = self.scene.network, number % 2 == 0
        now = network.now()
        if not self.scene.stage.answered:
            post = self.scene.publish(
                f"A notice, number {number}", title=f"A notice, number {number}", at=now
            )
            self.waiting[native_id(network, post)] = (post, now)
            return
        post = self.dice.choice([p for p in self.posts if (now - p.created <= RECENT) == recent])
        below_it = network.children[post.key]
        parent = self.dice.choice(below_it) if below_it and number % 4 > 1 else post
        comment = network.comment(self.scene.parent, parent, f"A question, number {number}", at=now)
        self.waiting[native_id(network, comment)] = (post, now)

    def note(self, native: str) -> None:
        if native in self.waiting:
            post, written = self.waiting.pop(native)
            self.seen.append((written - post.created <= RECENT, self.scene.network.now() - written))

    def hours(self, *, recent: bool) -> float:
        return max((after / timedelta(hours=1) for which, after in self.seen if which == recent), default=0.0)


def day_of(platform: str, s3: S3) -> Day:
    with (
        tempfile.TemporaryDirectory() as folder,
        airflow_database.used(airflow_database.migrate(Path(folder))),
    ):
        scene = opened(platform, s3, Buckets(), Path(folder) / "play", START - timedelta(days=1))
        with standing(scene.network.now):
            story = _told(scene)
            scene.network.quota(platform, 10**9)
            for token in scene.network.tokens:  # too young to be renewed
                token.granted = START + timedelta(days=9)
            while not story.state.sums.history.get("done"):
                _captured(story, "history")
            scene.network.clock = START
            left = _capped(scene) if load(platform).PLATFORM.price else 0
            return _played(story, left)


def _capped(scene: Scene) -> int:
    """What is left of the month's money: PART for each of its days that are left."""
    [account], place = scene.archive.register.accounts, scene.archive.place
    share = budget.month_share(account, [account], scene.archive.state(scene.name).sums, START)
    assert share is not None
    cap = share.spent // 1_000 + PART * ((share.until - START) // timedelta(days=1))
    scene.archive = TestArchive(
        place, replace(scene.archive.register, accounts=(replace(account, monthly_cap=cap),))
    )
    return cap * 1_000 - share.spent


def _told(scene: Scene) -> _Story:
    """Posts at even times, few of them young; the comments on most come within days, half of these answer
    another, some posts have none.
    """
    dice = random.Random(4)  # noqa: S311 (no secret: the same story each time)
    network, posts = scene.network, list[Post]()
    for number in range(POSTS):
        at = START - timedelta(days=YEARS * 365 * (POSTS - number) / POSTS) + timedelta(hours=8)
        posts.append(scene.publish(f"Notice {number}", title=f"Notice {number}", at=at))
    weights = [dice.paretovariate(1.2) if dice.random() < 0.6 else 0.0 for _ in posts]
    for number, post in enumerate(dice.choices(posts, weights, k=COMMENTS if scene.stage.answered else 0)):
        above = network.children[post.key]
        at = min(post.created + timedelta(hours=dice.expovariate(1 / 30)), START - timedelta(days=1))
        parent = dice.choice(above) if above and dice.random() < 0.5 else post
        network.comment(
            dice.choice((scene.parent, scene.teacher)),
            parent,
            f"Question {number}",
            at=max(at, parent.created),
        )
    return _Story(scene, dice, posts, scene.archive.state(scene.name))


def _played(story: _Story, left: int) -> Day:
    scene, account = story.scene, story.scene.archive.account(story.scene.name)
    before, probes, requests = budget.spent_by_window(story.state.sums, START), 0, 0
    while scene.network.now() < START + timedelta(days=1):
        now = scene.network.now()
        if now - START == timedelta(hours=17):
            story.posts.append(scene.publish("News of the day", title="News of the day", at=now))
        if not why_not_due(account, story.state.sums, now):
            requests += _captured(story, None)
        if now - START <= SWEEP < now - START + STEP:
            requests += _captured(story, "sweep")
        if probes * PROBE <= now - START < LAST_PROBE:  # right after it was looked at
            story.probe(probes)
            probes += 1
        scene.network.clock = now + STEP
    spent = {
        kind: units - before.get(kind, (0, 0))[0]
        for kind, (units, _) in budget.spent_by_window(story.state.sums, START).items()
    }
    paid = sum(money for _, money in budget.spent_by_window(story.state.sums, START).values()) - sum(
        money for _, money in before.values()
    )
    scene.network.clock = START + timedelta(days=1) + SWEEP
    _captured(story, "sweep")  # sees what was written after the first one; of another day
    return Day(
        sum(spent.values()),
        paid,
        left,
        requests,
        spent,
        story.hours(recent=True),
        story.hours(recent=False),
        len(story.waiting),
    )


def _captured(story: _Story, kind: str | None) -> int:
    """A capture, and what its manifests brought; the requests that it made."""
    outcome, last = story.scene.capture(kind), story.state.tail
    assert (outcome.failure, outcome.not_before) == (None, None), (outcome, kind)
    for entry in story.state.ledger.entries(last):
        for delta in entry.body["deltas"]:
            story.note(delta.get("native_id", ""))
    story.state.reload()
    return outcome.requests
