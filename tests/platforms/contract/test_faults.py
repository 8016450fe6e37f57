"""A platform stops answering in the middle of a fetch: the failure is named, and no record read is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from recordroom.errors import PlatformFailure, Throttled, TokenExpired
from recordroom.model import Exchange
from recordroom.platforms.contract import Window
from tests.capture.everywhere.faulty import sort_of
from tests.clock import standing
from tests.platforms.contract.profile import each_platform
from tests.platforms.contract.sandbox import Sandbox, marked, open_sandbox, words_of


def first_of_each_sort(asked: list[str]) -> list[int]:
    """Return the numbers of the requests that are the first of their sort."""
    sorts: dict[str, int] = {}
    for number, url in enumerate(asked):
        parts = urlsplit(url)
        sorts.setdefault(sort_of(f"{parts.path}?{parts.query}"), number)
    return list(sorts.values())


def fetch_until(
    sandbox: Sandbox, number: int, stop: Callable[[], object], kind: type[PlatformFailure]
) -> tuple[list[Exchange], PlatformFailure | None]:
    """Return (the exchanges before the failure, the failure) of a fetch.

    `stop` happens before its request of that number. The failure is None if only an optional list was not
    given, which the fetch reports.
    """
    given: list[Exchange] = []
    sandbox.transport.before[len(sandbox.transport.asked) + number] = stop
    try:
        given.extend(sandbox.connector.fetch(sandbox.entry, Window("full"), sandbox.client))
    except kind as failure:
        return given, failure
    assert "short" in given[-1].context, f"request {number} failed without notice"
    return given, None


def requests_of(sandbox: Sandbox) -> tuple[set[str], list[int]]:
    """Return (the records of a complete fetch, the numbers of the first requests of their sort)."""
    sandbox.identify()
    before = len(sandbox.transport.asked)
    return set(sandbox.read()), first_of_each_sort(sandbox.transport.asked[before:])


@each_platform()
def test_throttle_keeps_what_was_read_and_says_when_to_come_back(sandbox: Sandbox) -> None:
    for days in (1, 2):
        sandbox.converse(days)
    whole, numbers = requests_of(sandbox)
    network, where = sandbox.network, sandbox.profile.where
    for number in numbers:
        until = network.now() + timedelta(minutes=20)
        given, problem = fetch_until(sandbox, number, partial(network.throttle, where, until), Throttled)
        assert not isinstance(problem, Throttled) or problem.until > network.now()
        network.throttle(where, None)
        rest = sandbox.read(Window("full", cursor=given[-1].cursor if given and problem else None))
        assert set(sandbox.parse(given)).union(rest) == whole, number


@each_platform(lambda profile: profile.stage.signs_in)
def test_expired_token_is_named_and_keeps_what_was_read(sandbox: Sandbox) -> None:
    sandbox.converse()
    whole, numbers = requests_of(sandbox)
    network, where = sandbox.network, sandbox.profile.where
    for number in numbers:
        given, problem = fetch_until(sandbox, number, partial(network.expire_token, where), TokenExpired)
        assert problem is None or problem.exchange is not None
        network.expire_token(where, expired=False)
        rest = sandbox.read(Window("full", cursor=given[-1].cursor if given and problem else None))
        assert set(sandbox.parse(given)).union(rest) == whole, number


@each_platform(lambda profile: profile.stage.answered)
def test_post_removed_during_a_fetch_stops_nothing(sandbox: Sandbox) -> None:
    for days in (1, 2, 3):
        sandbox.converse(days)
    _, numbers = requests_of(sandbox)
    for number in numbers:
        other = open_sandbox(sandbox.profile.name)
        with standing(other.network.now):
            _, removed, _ = [other.converse(days) for days in (1, 2, 3)]
            other.identify()
            turn = len(other.transport.asked) + number
            other.transport.before[turn] = partial(other.network.remove, removed[0])
            found = set(marked(other.read().values()))
        left = words_of(other.network.posts.values()) - words_of([removed[0], *removed[1]])
        assert left <= found, number
        assert other.network.invalid == []
