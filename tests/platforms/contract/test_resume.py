"""A fetch that was stopped continues from any exchange, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from recordroom.model import Exchange, Record
from recordroom.platforms.contract import Window
from tests.capture.everywhere.stages import SECRET
from tests.fault_transport import RecordedTransport
from tests.platforms.contract.profile import each_window
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox, marked, words_of

MOST = 30  # exchanges of one window after which a fetch resumes, evenly spread


def stage_pages(sandbox: Sandbox) -> None:
    """Publish more than two pages of posts, of comments on one of them, and of replies to one comment."""
    for number in range(12):
        post = sandbox.publish(days=2 + number / 10)
    if sandbox.profile.stage.answered:
        sandbox.converse(days=3)
        post = sandbox.publish(days=1)
        questions = [sandbox.comment(post) for _ in range(12)]
        for _ in range(12):
            sandbox.comment(questions[0], 1)


def kinds_in(records: Mapping[str, Record]) -> set[tuple[str, str]]:
    """Return (record ID, kind) of each record.

    A comment that is read apart from its post is no post.
    """
    return {(record_id, record.kind) for record_id, record in records.items()}


def kinds_of(sandbox: Sandbox, exchanges: Iterable[Exchange]) -> set[tuple[str, str]]:
    return kinds_in(sandbox.parse(exchanges))


@each_window()
def test_fetch_resumes_from_any_exchange(sandbox: Sandbox, kind: str) -> None:
    stage_pages(sandbox)
    texts = marked(sandbox.read().values())
    assert set(texts) == words_of(sandbox.network.posts.values())
    sandbox.publish_extras()
    full = sandbox.read()
    posts = [record for record in texts.values() if record.kind == "post"]
    newest = max(posts, key=lambda record: record.published_at or START)
    profile, real = sandbox.profile, sandbox.transport.real
    sandbox.transport.real = RecordedTransport(
        PagedTransport(real, profile.page_size, profile.page) if profile.page_size else real
    )
    window = Window(
        kind, since=START - timedelta(days=30), changed_since=START - timedelta(days=30), url=newest.url
    )
    exchanges = sandbox.fetch(window)
    parts = [kinds_of(sandbox, [exchange]) for exchange in exchanges]
    whole = set().union(*parts)
    if kind in ("full", "history"):
        assert whole == set(kinds_in(full))
    else:
        expected = {
            r.record_id
            for r in texts.values()
            if kind == "recent" or newest.record_id in (r.root_id, r.record_id)
        }
        # a feed has its newest entries only
        assert expected & full.keys() <= {record_id for record_id, _ in whole}
    for number, exchange in list(enumerate(exchanges))[:: 1 + len(exchanges) // MOST]:
        assert SECRET not in (exchange.cursor or "")
        assert exchange.cursor is not None or number == len(exchanges) - 1, f"{exchange.url} has no cursor"
        rest = kinds_of(sandbox, sandbox.fetch(replace(window, cursor=exchange.cursor)))
        assert whole == rest.union(*parts[: number + 1]), f"after {exchange.url}"
