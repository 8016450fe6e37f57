"""Captures of every kind, and the trouble that they meet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import httpx
import orjson
import pytest

from infra.sandbox.network import Network
from recordroom.archive.state import account_state
from recordroom.capture import reader
from recordroom.capture.segment import segment
from recordroom.capture.session import Outcome
from recordroom.model import ZONE
from recordroom.register.models import MASS_ABSENCE
from tests.capture.everywhere.random_stories.actions import Action, Killed, other
from tests.capture.everywhere.random_stories.steps import Story

WINDOWS = (None, None, None, "full", "sweep", "url")  # None: what the schedule starts
TOLD_IN_FILES = (
    "kind",
    "native_id",
    "record_id",
    "parent_id",
    "root_id",
    "status",
    "title",
    "text",
    "author_name",
    "published_at",
)
PAGES = (
    "PAGE", "PAGE_SIZE", "PER_PAGE", "FILMS_PER_PAGE", "ALBUMS_PER_PAGE", "VIDEO_PAGE", "COMMENT_PAGE",
    "ARCHIVE_PAGE", "COUNT", "BATCH",
)  # fmt: skip


@dataclass
class Slow(httpx.BaseTransport):
    """A platform on which each request takes a second of the story's clock."""

    real: httpx.BaseTransport
    network: Network

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.network.wait(seconds=1)
        return self.real.handle_request(request)


@dataclass(frozen=True, slots=True)
class SmallParts:
    """Limits of the code that a story lowers, so that a short one reaches all of them."""

    requests: int  # requests in a segment
    entries: int  # entries of a ledger after which a snapshot is stored
    pending: int  # records of the state that are kept in memory
    history: int  # seconds of a first capture, after which the next one resumes it
    page: int  # items of a page

    @classmethod
    def thrown(cls, dice: Random, pages: Sequence[int] = (10, 1000)) -> SmallParts:
        return cls(
            dice.choice((2, 5, 100)),
            dice.choice((1, 3, 200)),
            dice.choice((1, 20, 25_000)),
            dice.choice((3, 15, 600)),
            dice.choice(pages),
        )

    def put_in_force(self, patch: pytest.MonkeyPatch) -> None:
        """Patch the limits.

        A page size that is not a constant in PAGES stays as it is; requests would differ from recorded ones.
        """
        patch.setattr(segment, "MAX_REQUESTS", self.requests)
        patch.setattr(account_state, "SNAPSHOT_ENTRIES", self.entries)
        patch.setattr(account_state, "PENDING", self.pending)
        patch.setattr(account_state, "FOLDED", self.pending)
        patch.setattr(reader, "LONGEST_RUN", timedelta(seconds=self.history))
        for module in [one for name, one in sys.modules.items() if name.startswith("recordroom.platforms.")]:
            for name in [name for name in PAGES if isinstance(getattr(module, name, None), int)]:
                patch.setattr(module, name, min(getattr(module, name), self.page))


def killed(story: Story, after: int) -> None:
    def die() -> None:
        raise Killed

    _before(story, after, die)


def outage(story: Story, after: int) -> None:
    story.network.fail(story.scene.where, 500, times=40, after=after)


def refused(story: Story, after: int) -> None:
    """Let a proxy of the platform refuse one request."""
    story.network.fail(story.scene.where, story.dice.choice((403, 404, 429, 500, 503)), after=after)


def restarted(story: Story, after: int) -> None:
    story.network.restart(story.scene.where, after=after)


def throttled(story: Story, after: int) -> None:
    _before(
        story,
        after,
        lambda: story.network.throttle(story.scene.where, story.network.now() + timedelta(hours=1)),
    )


def signed_out(story: Story, after: int) -> None:
    if story.scene.stage.signs_in:
        _before(story, after, lambda: story.network.expire_token(story.scene.where))


def meanwhile(story: Story, after: int) -> None:
    """Let people act while the account is read."""
    for number in range(story.dice.randint(1, 3)):
        _before(story, after + number, story.act)


def beside(story: Story, after: int) -> None:
    """Let the other machine capture the account before the response comes."""
    kind = story.dice.choice(("", "full", "sweep"))
    _before(story, after, lambda: story.perform(Action("capture", kind, other(story.machine))))


def overdue(story: Story, after: int) -> None:
    """Let an hour pass before one request: a first capture stops there, and the next one resumes it."""
    _before(story, after, lambda: story.network.wait(hours=1))


TROUBLES = (killed, outage, refused, restarted, throttled, signed_out, meanwhile, beside)


def _before(story: Story, after: int, happens: Callable[[], object]) -> None:
    between = story.scene.between
    between.before[between.asked + after + 1] = happens


def _over(story: Story) -> None:
    """End all trouble."""
    story.scene.between.before.clear()
    story.network.faults.clear()
    story.network.throttle(story.scene.where, None)
    if story.scene.stage.signs_in:
        story.network.expire_token(story.scene.where, expired=False)


def look(
    story: Story, kind: str | None, trouble: Callable[[Story, int], None] | None = None
) -> Outcome | None:
    """Capture; return None if the capture was killed or refused its address.

    Without trouble it must succeed.
    """
    after, outcome = story.dice.choice((0, 1, 2, 3, 5, 8, 13)), None
    if story.dice.random() < 0.2:
        story.machine = other(story.machine)
    if trouble:
        trouble(story, after)
    try:
        outcome = (
            _one(story) if kind == "url" else story.perform(Action("capture", kind or "", story.machine))
        )
    except Killed:
        pass
    finally:
        _over(story)
    came_to = outcome and (
        outcome.window,
        outcome.new,
        outcome.changed,
        outcome.absent,
        outcome.failure,
        outcome.not_before,
    )
    story.tell(
        "CAPTURE",
        f"with {story.machine}",
        kind,
        trouble and f"{trouble.__name__} after {after}",
        came_to,
        story.scene.gaps(),
    )
    if outcome and not trouble:
        assert (outcome.failure, outcome.not_before, outcome.leftover) == (None, None, {})
    assert not story.network.invalid
    return outcome


def _one(story: Story) -> Outcome | None:
    """Capture one archived conversation by the address of its post or of a reply."""
    rows = [row for row in story.scene.rows() if row["url"]]
    if not rows:
        return None
    outcome: Outcome | None = story.perform(
        Action("capture_one", story.dice.choice(rows)["url"], story.machine)
    )
    return outcome


def imported(story: Story) -> None:
    """Import a file of some archived versions.

    It may add late arrivals, and changes nothing that a capture saw.
    """
    seen = [row for row in story.scene.rows() if not row["late_arrival"]]
    found = story.dice.sample(seen, len(seen))
    told = [*{row["record_id"]: row for row in found if row["published_at"]}.values()][:3]
    if told:
        lines = b"\n".join(orjson.dumps({name: row[name] for name in TOLD_IN_FILES}) for row in told)
        done = story.perform(Action("import_rows", lines.decode(), story.machine))
        story.tell("IMPORT", [row["record_id"] for row in told], done.tally())
        assert done.rejected == 0
        assert [row for row in story.scene.rows() if not row["late_arrival"]] == seen


def folded_anew(story: Story) -> None:
    """Rebuild the state of the account."""
    story.tell("REBUILD", story.perform(Action("rebuild_state")))


def whole(story: Story) -> None:
    """Bring all accounts back, finish interrupted captures, and read the complete account.

    A first capture may take several runs. The register confirms a mass absence.
    """
    for account in story.others:
        if story.network.accounts[account].suspended:
            story.network.suspend(account, suspended=False)
    story.after_each()
    for _ in range(2):  # each machine adopts its interrupted captures, which would be news to a later one
        story.machine = other(story.machine)
        story.perform(Action("capture", machine=story.machine))
    while (outcome := look(story, "full")) is None or outcome.window != "full":
        story.network.wait(minutes=15)
    if any(gap.startswith(MASS_ABSENCE) for gap in story.scene.gaps()):
        today = story.network.now().astimezone(ZONE).date().isoformat()
        story.perform(Action("confirm_absence", today))
        look(story, "full")
        story.perform(Action("confirm_absence"))
