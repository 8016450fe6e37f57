"""Captures of every kind, and what gets in their way."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import orjson
import pytest

from infra.sandbox.network import Network
from recordroom.archive.state import account_state
from recordroom.capture import reader
from recordroom.capture.derived.rebuild import rebuild_state
from recordroom.capture.permalink.capture import capture_conversation
from recordroom.capture.run import capture
from recordroom.capture.segment import segment
from recordroom.capture.session import Outcome
from recordroom.capture.workspace import Workspace
from recordroom.errors import UsageError
from recordroom.model import ZONE
from recordroom.register.models import MASS_ABSENCE, Chain
from tests.archives import register_of
from tests.capture.everywhere.random_stories.steps import Story
from tests.imports.taking import take

WINDOWS = (None, None, None, "full", "sweep", "url")  # None: what the schedule starts
TOLD_IN_FILES = ("kind", "native_id", "record_id", "parent_id", "root_id", "status", "title", "text", "author_name", "published_at")
PAGES = (
    "PAGE", "PAGE_SIZE", "PER_PAGE", "FILMS_PER_PAGE", "ALBUMS_PER_PAGE", "VIDEO_PAGE", "COMMENT_PAGE", "ARCHIVE_PAGE", "COUNT", "BATCH",
)  # fmt: skip


class Killed(BaseException):
    """The process ends there: nothing of recordroom may catch it."""


@dataclass
class Slow(httpx.BaseTransport):
    """Each request takes a second of the story's clock."""

    real: httpx.BaseTransport
    network: Network

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.network.wait(seconds=1)
        return self.real.handle_request(request)


def in_small_parts(story: Story, patch: pytest.MonkeyPatch) -> None:
    """Segments, snapshots, pages and turns of a first capture as small as dice throw them: a short story meets the ends of all of them."""
    dice = story.dice
    patch.setattr(segment, "MAX_REQUESTS", dice.choice((2, 5, 100)))
    patch.setattr(account_state, "SNAPSHOT_ENTRIES", dice.choice((1, 3, 200)))
    patch.setattr(account_state, "PENDING", pending := dice.choice((1, 20, 25_000)))
    patch.setattr(account_state, "FOLDED", pending)
    patch.setattr(reader, "LONGEST_RUN", timedelta(seconds=dice.choice((3, 15, 600))))
    pages = dice.choice((10, 1000))
    for module in [one for name, one in sys.modules.items() if name.startswith("recordroom.platforms.")]:
        for name in [name for name in PAGES if isinstance(getattr(module, name, None), int)]:
            patch.setattr(module, name, min(getattr(module, name), pages))


def killed(story: Story, after: int) -> None:
    def die() -> None:
        raise Killed

    _before(story, after, die)


def outage(story: Story, after: int) -> None:
    story.network.fail(story.scene.where, 500, times=40, after=after)


def refused(story: Story, after: int) -> None:
    """One request alone, by what stands before the platform's servers."""
    story.network.fail(story.scene.where, story.dice.choice((403, 404, 429, 500, 503)), after=after)


def restarted(story: Story, after: int) -> None:
    story.network.restart(story.scene.where, after=after)


def throttled(story: Story, after: int) -> None:
    _before(story, after, lambda: story.network.throttle(story.scene.where, story.network.now() + timedelta(hours=1)))


def signed_out(story: Story, after: int) -> None:
    if story.scene.stage.signs_in:
        _before(story, after, lambda: story.network.expire_token(story.scene.where))


def meanwhile(story: Story, after: int) -> None:
    """People go on while it is read."""
    for number in range(story.dice.randint(1, 3)):
        _before(story, after + number, story.act)


def beside(story: Story, after: int) -> None:
    """Another machine captures the account meanwhile, to its end."""
    archive, kind = story.scene.archive, story.dice.choice((None, "full", "sweep"))
    _before(story, after, lambda: capture(_elsewhere(archive.place), archive.register, archive.account(story.scene.name), kind))


TROUBLES = (killed, outage, refused, restarted, throttled, signed_out, meanwhile, beside)


def _elsewhere(place: Workspace) -> Workspace:
    """The same on the other one of two machines, whose spool holds what died there."""
    spool = place.settings.spool
    return replace(
        place, settings=place.settings.model_copy(update={"spool": spool.with_name("other" if spool.name == "spool" else "spool")})
    )


def _before(story: Story, after: int, happens: Callable[[], object]) -> None:
    between = story.scene.between
    between.before[between.asked + after + 1] = happens


def _over(story: Story) -> None:
    """Whatever was in the way is so no more."""
    story.scene.between.before.clear()
    story.network.faults.clear()
    story.network.throttle(story.scene.where, None)
    if story.scene.stage.signs_in:
        story.network.expire_token(story.scene.where, expired=False)


def look(story: Story, kind: str | None, trouble: Callable[[Story, int], None] | None = None) -> Outcome | None:
    """A capture; None where it was killed, or refused the address it was given. Without trouble it must end well."""
    after, outcome = story.dice.choice((0, 1, 2, 3, 5, 8, 13)), None
    if story.dice.random() < 0.2:
        story.scene.archive.place = _elsewhere(story.scene.archive.place)
    if trouble:
        trouble(story, after)
    try:
        outcome = _one(story) if kind == "url" else story.scene.capture(kind)
    except Killed:
        pass
    finally:
        _over(story)
    came_to = outcome and (outcome.window, outcome.new, outcome.changed, outcome.absent, outcome.failure, outcome.not_before)
    where = f"with {story.scene.archive.place.settings.spool.name}"
    story.tell("CAPTURE", where, kind, trouble and f"{trouble.__name__} after {after}", came_to, story.scene.gaps())
    if outcome and not trouble:
        assert (outcome.failure, outcome.not_before, outcome.leftover) == (None, None, {})
    assert not story.network.invalid
    return outcome


def _one(story: Story) -> Outcome | None:
    """Of one conversation that is held, by the address of its post or of an answer."""
    rows = [row for row in story.scene.rows() if row["url"]]
    if not rows:
        return None
    archive, url = story.scene.archive, story.dice.choice(rows)["url"]
    try:
        return capture_conversation(archive.place, archive.register, archive.account(story.scene.name), url)[0]
    except UsageError:  # it is gone
        return None


def imported(story: Story) -> None:
    """A file of some of what is held, as it stood at some time: it may add what was, and changes nothing that a capture saw."""
    seen = [row for row in story.scene.rows() if not row["late_arrival"]]
    found = story.dice.sample(seen, len(seen))
    told = [*{row["record_id"]: row for row in found if row["published_at"]}.values()][:3]
    if told:
        path = story.scene.archive.place.settings.spool.with_name("held.jsonl")
        path.write_bytes(b"\n".join(orjson.dumps({name: row[name] for name in TOLD_IN_FILES}) for row in told))
        done = take(story.scene.archive, story.scene.name, path, form="jsonl")
        story.tell("IMPORT", [row["record_id"] for row in told], done.tally())
        assert done.rejected == 0
        assert [row for row in story.scene.rows() if not row["late_arrival"]] == seen


def folded_anew(story: Story) -> None:
    """Somebody rebuilds the state of the account."""
    archive, chain = story.scene.archive, Chain(story.scene.platform, story.scene.name)
    story.tell("REBUILD", rebuild_state(archive.archive, archive.derived, chain))


def whole(story: Story) -> None:
    """Nobody's account is away any more, and a complete capture sees all that is there, after a first one that may take several turns. A
    person confirms what vanished at once."""
    for account in story.others:
        if story.network.accounts[account].suspended:
            story.network.suspend(account, suspended=False)
    story.after_each()
    for _ in range(2):  # what died on either machine is taken up: it would be news to whoever looks there later
        story.scene.archive.place = _elsewhere(story.scene.archive.place)
        story.scene.capture()
    while (outcome := look(story, "full")) is None or outcome.window != "full":
        story.network.wait(minutes=15)
    if any(gap.startswith(MASS_ABSENCE) for gap in story.scene.gaps()):
        archive = story.scene.archive
        [entry], today = archive.register.raw, story.network.now().astimezone(ZONE).date().isoformat()
        archive.register = register_of(entry | {"explained": {MASS_ABSENCE: {"until": today, "why": "the office removed them"}}})
        look(story, "full")
        archive.register = register_of(entry)
