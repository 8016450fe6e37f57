"""Repeat a story from its recorded exchanges, without the sandbox, and compare the results.

A capture may make its requests in any order; only equal ones are answered in the order in which they were
recorded. An event at a request (the process is killed, an hour passes, another machine captures the account)
happens at the same request again.

The record of a capture that ended early is incomplete. Code that reads in another order may request more, and
its next capture may request responses that the earlier one recorded. The record of the other capture then
answers, and the request is reported as borrowed. If such a story has other results, it is undecided.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.archives import TestArchive, make
from tests.capture.everywhere.random_stories.actions import Action, Killed, perform
from tests.capture.everywhere.random_stories.looks import SmallParts
from tests.capture.everywhere.recorded_stories.recorder import KILLED, START, forget_tokens, name_of, record
from tests.capture.everywhere.recorded_stories.results import (
    differences,
    outcome_differences,
    outcome_of,
    results_of,
)
from tests.capture.everywhere.recorded_stories.story_file import Exchange, RecordedAction, RecordedStory
from tests.capture.everywhere.scene import register_entry
from tests.clock import standing
from tests.services import S3, Buckets

Key = tuple[str, str, bytes]  # method, address, and body of a request


class Unrecorded(BaseException):
    """The record has no such request. No code of recordroom may catch this."""


@dataclass(frozen=True, slots=True)
class MissingRequest:
    """A request that the record of its capture does not have."""

    capture: str  # in words
    method: str
    url: str
    sent: bytes
    recorded: int  # number of equal requests in the record, all of them answered before
    near: tuple[str, ...]  # addresses of the same path that were recorded and not requested so far

    def __str__(self) -> str:
        times = f" (the record has it {self.recorded} times)" if self.recorded else ""
        body = f" with the body {self.sent.decode('utf-8', 'replace')!r}" if self.sent else ""
        near = "".join(f"\n    recorded, and not requested so far: {url}" for url in self.near)
        return (
            f"{self.capture} makes a request that its record does not have{times}: {self.method}"
            f" {self.url}{body}{near}"
        )


@dataclass
class Replayed:
    """Findings of a replay."""

    differences: list[str] = field(default_factory=list)  # from what is stored
    missing: MissingRequest | None = None  # at which the replay ended
    borrowed: list[str] = field(default_factory=list)  # requests that the record of another capture answered
    unused: list[str] = field(default_factory=list)  # recorded requests that no capture made

    @property
    def problems(self) -> list[str]:
        """Return the problems in words; none if the code does what it did."""
        return [*([str(self.missing)] if self.missing else []), *self.differences]

    @property
    def verdict(self) -> str:
        """Return `same`, `different`, or `undecided` (the record cannot tell)."""
        return "same" if not self.problems else "undecided" if self.borrowed else "different"


@dataclass
class Pool:
    """The recorded exchanges of one capture."""

    action: RecordedAction
    where: str  # the capture, in words
    left: dict[Key, deque[Exchange]] = field(default_factory=lambda: defaultdict(deque))

    def __post_init__(self) -> None:
        for exchange in self.action.exchanges:
            self.left[exchange.key].append(exchange)

    @property
    def is_broken(self) -> bool:
        """Return whether the capture ended before it had read everything."""
        killed = any(exchange.failure == KILLED for exchange in self.action.exchanges)
        outcome = self.action.outcome
        return killed or any(outcome.get(name) for name in ("failure", "unfinished", "not_before"))

    def missing(self, key: Key) -> MissingRequest:
        path, times = key[1].partition("?")[0], sum(exchange.key == key for exchange in self.action.exchanges)
        near = [url for (_, url, _), found in self.left.items() if found and url.partition("?")[0] == path]
        return MissingRequest(self.where, *key, times, tuple(near[:5]))

    def unused(self) -> Iterator[str]:
        for (method, url, _), found in self.left.items():
            yield from [f"{method} {url}"] * len(found)


@dataclass
class Replay(httpx.BaseTransport):
    """A story's network: it answers each request as the platform did when the story was recorded."""

    story: RecordedStory
    clock: datetime = START
    found: Replayed = field(default_factory=Replayed)
    archive: TestArchive = field(init=False)
    _open: list[Pool] = field(default_factory=list)  # the last one runs now, within those before it
    _broken: list[Pool] = field(default_factory=list)  # of the captures just before, which ended early
    _captures: int = 0

    def run(self, s3: S3, folder: Path) -> Replayed:
        """Repeat the story in two new buckets."""
        platform, name = self.story.platform, name_of(self.story.platform, self.story.seed)
        forget_tokens(platform)
        self.archive = make(s3, Buckets(), folder, register_entry(platform, name), transport=self)
        with pytest.MonkeyPatch.context() as patch, standing(lambda: self.clock):
            SmallParts(*self.story.parts).put_in_force(patch)
            try:
                for action in self.story.actions:
                    self.perform(action)
            except Unrecorded:
                return self.found
            of_records = differences(self.story.results, results_of(self.archive, name))
            self.found.differences = [*of_records, *self.found.differences]  # the important ones first
        return self.found

    def perform(self, recorded: RecordedAction) -> None:
        self._move(recorded.clock)
        pool = Pool(recorded, self._where(recorded))
        self._open.append(pool)
        came_to: Any = None
        try:
            action = Action(recorded.name, recorded.argument, recorded.machine)
            came_to = perform(self.archive, name_of(self.story.platform, self.story.seed), action)
        except Killed:
            pass
        finally:
            self._open.pop()
        if recorded.is_capture:
            self._broken = [*self._broken, pool] if pool.is_broken else []
        self.found.differences += outcome_differences(pool.where, recorded.outcome, outcome_of(came_to))
        self.found.unused += pool.unused()

    def _where(self, recorded: RecordedAction) -> str:
        if not recorded.is_capture:
            return recorded.name
        self._captures += 1
        return f"capture {self._captures} ({recorded.argument or 'as scheduled'})"

    def _move(self, clock: str) -> None:
        if clock:
            self.clock = max(self.clock, datetime.fromisoformat(clock))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        exchange = self._exchange((request.method, str(request.url), request.read()))
        for action in exchange.meanwhile:
            self.perform(action)
        self._move(exchange.clock)
        if exchange.failure == KILLED:
            raise Killed
        if exchange.failure:
            failure: httpx.TransportError = getattr(httpx, exchange.failure)(exchange.words)
            raise failure
        return httpx.Response(exchange.status, headers=exchange.headers, content=exchange.content)

    def _exchange(self, key: Key) -> Exchange:
        """Return the recorded exchange of a request."""
        pool = self._open[-1]
        if found := pool.left.get(key):
            return found.popleft()
        if borrowed := self._borrowed(pool, key):
            self.found.borrowed.append(f"{pool.where}: {key[0]} {key[1]}")
            return borrowed
        self.found.missing = pool.missing(key)
        raise Unrecorded(str(self.found.missing))

    def _borrowed(self, pool: Pool, key: Key) -> Exchange | None:
        """Return the response to an equal request in the record of another capture.

        That is an earlier capture that ended early, or a later one if this capture ended early.
        """
        captures = self.story.captures
        after = (
            captures[captures.index(pool.action) + 1 :] if pool.is_broken and pool.action in captures else []
        )
        near = [*(one.action for one in reversed(self._broken)), *after]
        return next(
            (one for action in near for one in action.exchanges if one.key == key and not one.failure), None
        )


def replay(story: RecordedStory, s3: S3, folder: Path) -> Replayed:
    """Repeat a story, and return how it differs from what is stored."""
    return Replay(story).run(s3, folder)


def play_again(story: RecordedStory, s3: S3, folder: Path) -> Replayed:
    """Play the same seed on the sandbox of today, and return how it differs from what is stored."""
    now, found = record(story.platform, story.seed, s3, folder), Replayed()
    for number, (old, new) in enumerate(zip(story.captures, now.captures, strict=False), 1):
        found.differences += outcome_differences(f"capture {number}", old.outcome, new.outcome)
    if len(story.captures) != len(now.captures):
        found.differences.append(f"{len(now.captures)} captures instead of {len(story.captures)}")
    found.differences = [*differences(story.results, now.results), *found.differences]
    return found
