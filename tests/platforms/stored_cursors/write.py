"""Write cursors as the connectors of today store them.

    python -m tests.platforms.stored_cursors.write 2026-11 [platform ...]

makes `2026-11-<platform>.tar.xz` of these platforms, or of all. The same code writes the same bytes.

Each platform's account is read in each kind of window that can be read on, page by page. Whatever those
readings do not reach, readings of permalinks do, and readings on which requests of one sort fail. A file
holds of each story `<platform>/<story>/sandbox.json`, the state of the sandbox, and
`<platform>/<story>/readings.json`: how many items a page has, and readings,

    {"window": {...}, "trouble": [sort, way] or null, "ended": "" or the code of a failure,
     "responses": [[record, ...] of each response, in order],
     "cursors": [{"before": number of responses, "cursor": ..., "after": number of responses, "ended": ...,
     "less": [...], "more": [...]}]}

with one cursor for each stage of a reading. `less` and `more` are the records by which an interrupted reading
differs from an uninterrupted one: there are none but where a platform refuses so much that the reading fails,
sooner or later.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import is_dataclass
from datetime import timedelta
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

from infra.sandbox.model import Video
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network
from recordroom.model import instant
from recordroom.platforms.registry import list_message_readers
from tests.capture.everywhere.stages import SECRET
from tests.platforms.contract.profile import PROFILES
from tests.platforms.contract.sandbox import START, Sandbox, open_sandbox
from tests.platforms.contract.test_messages import open_inbox
from tests.platforms.contract.test_resume import stage_pages
from tests.platforms.stored_cursors.reading import (
    UNREACHED,
    fields_of,
    fields_that_may_be,
    load_network,
    open_story,
    platforms,
    read,
    records_in,
    stage_of,
    trouble_of,
)

HERE = Path(__file__).parent
WAYS: tuple[int | str, ...] = (403, 500)
MORE_WAYS = {  # in which a list may fail there
    "instagram": ("hollow",),
    "linkedin": ("hollow",),
    "threads": ("hollow",),
    "tiktok": ("repeat",),
}
DAYS = timedelta(days=30)
DEPTH = 200  # levels of a conversation on Bluesky
Reading = dict[str, Any]


def tell(sandbox: Sandbox) -> None:
    """Publish one of everything that the platform has, and pages of it."""
    stage_pages(sandbox)
    sandbox.publish_extras()
    for verb in (
        answer_ourselves,
        answer_others,
        quote,
        hide_replies,
        broadcast,
        crowd,
        comment_on_old_post,
        edit,
    ):
        with suppress(Unsupported, ValueError, IndexError):
            verb(sandbox)


def answer_ourselves(sandbox: Sandbox) -> None:
    """Let the account reply below its own post, and another reply to it."""
    _, [question, _] = sandbox.converse(days=4)
    for _ in range(3):
        ours = sandbox.comment(question, sandbox.us)
        sandbox.comment(ours)


def answer_others(sandbox: Sandbox) -> None:
    """Let the account reply to a post of another, and another reply to it."""
    titled: dict[str, Any] = {"title": "Elsewhere"} if sandbox.profile.titled else {}
    for number in range(3):
        post = sandbox.network.publish(
            sandbox.others[0], f"Elsewhere {number}", at=START - timedelta(days=3), **titled
        )
        first = sandbox.comment(post, 1)
        sandbox.comment(sandbox.comment(first, sandbox.us), 1)
        sandbox.comment(sandbox.comment(post, sandbox.us), 0)


def quote(sandbox: Sandbox) -> None:
    post = sandbox.publish(4)
    for number in range(7):
        sandbox.network.publish(
            sandbox.others[number % 2], f"Quoted {number}", at=START - timedelta(days=3), quote=post
        )


def hide_replies(sandbox: Sandbox) -> None:
    """Hide replies, also below one that is removed later, so that no conversation shows it."""
    for removes in (False, True):
        _, [question, answer] = sandbox.converse(days=4)
        sandbox.network.hide(answer)
        if removes:
            sandbox.network.remove(question)
        else:
            sandbox.network.hide(question)


def broadcast(sandbox: Sandbox) -> None:
    began = START - timedelta(days=3)
    sandbox.publish(3, video=Video(60, scheduled=began, started=began, ended=began + timedelta(hours=1)))


def crowd(sandbox: Sandbox) -> None:
    """Leave many replies to one comment awaiting approval."""
    _, [question, _] = sandbox.converse(days=2)
    for _ in range(7):
        sandbox.network.hold(sandbox.comment(question, 1))


def comment_on_old_post(sandbox: Sandbox) -> None:
    for days in (80, 70, 60):
        sandbox.comment(sandbox.publish(days), at=START - timedelta(days=1))


def edit(sandbox: Sandbox) -> None:
    for number in range(3):
        post = sandbox.publish(2)
        for time in range(3):
            sandbox.network.edit(post, f"Corrected {number} {time}", at=START - timedelta(hours=20 - time))


def everything(sandbox: Sandbox) -> None:
    if sandbox.profile.name in list_message_readers():
        open_inbox(sandbox)
    tell(sandbox)


def in_public(sandbox: Sandbox) -> None:
    """Read the account with the token of an app, which is given no messages."""
    tell(sandbox)


def in_depth(sandbox: Sandbox) -> None:
    """Publish a conversation that is deeper than one request of the connector."""
    last = sandbox.publish(4)
    for number in range(DEPTH + 3):
        last = sandbox.comment(last, number % 2, at=START - timedelta(days=3) + timedelta(minutes=number))


def in_private(sandbox: Sandbox) -> None:
    open_inbox(sandbox)
    sandbox.publish()


def without_scopes(sandbox: Sandbox) -> None:
    tell(sandbox)
    for token in sandbox.network.tokens:
        token.scopes = ["public"]


Story = Callable[[Sandbox], None]
MORE_STORIES: dict[str, Story] = {"bluesky": in_depth, "vimeo": without_scopes, "x": in_public}


def stories_of(platform: str) -> list[Story]:
    """Return the stories, the longest last: fields that the others cover are not looked for in it."""
    more = [MORE_STORIES[platform]] if platform in MORE_STORIES else []
    return [*more, *([in_private] if platform in list_message_readers() else []), everything]


def page_of(platform: str, story: Story) -> int:
    """Return the number of items of a page."""
    profile = PROFILES[platform]
    return profile.message_page if story is in_private else profile.page


def told(platform: str, story: Story) -> str:
    """Return the sandbox of a story, in the form of its file."""
    sandbox = open_sandbox(platform)
    story(sandbox)
    sandbox.client.close()
    with tempfile.TemporaryDirectory() as folder:
        sandbox.network.path = Path(folder, "network.json")
        sandbox.network.save()
        return sandbox.network.path.read_text()


def windows(platform: str, story: Story) -> Iterator[dict[str, Any]]:
    """Return the windows that read the account."""
    messages = (
        {"messages": True} if platform in list_message_readers() and story in (everything, in_private) else {}
    )
    yield {"kind": "history", **messages}
    yield {"kind": "full", **messages}
    if "recent" in PROFILES[platform].windows and platform != "feed":  # of a feed that is one response
        yield {
            "kind": "recent",
            **dict.fromkeys(("since", "changed_since"), instant(START - DAYS)),
            **messages,
        }


def links(sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    """Return the windows of permalinks."""
    if "one" in sandbox.profile.windows:
        found = [record for exchange in sandbox.fetch() for record in sandbox.connector.parse(exchange)]
        for url in dict.fromkeys(record.url for record in found if record.url):
            yield {"kind": "one", "url": url}


def readings_of(platform: str, story: Story, network: Network, covered: set[str]) -> Iterator[Reading]:
    """Return the readings of a story.

    They are those of each window, one of a permalink, and then any that has a field of the cursor that none
    before it has.

    covered: the fields so far.
    """
    with open_story(network, platform, page_of(platform, story)) as sandbox:
        trouble = trouble_of(sandbox)
        trouble.asked = {}
        plain = [
            whole_of(sandbox, {"window": window, "trouble": None}, covered)
            for window in windows(platform, story)
        ]
        yield from plain
        if story is not everything or platform == "feed":
            return
        sorts = list(trouble.asked)
        kinds = [window for window in windows(platform, story) if window["kind"] != "history"]
        ways = (*WAYS, *MORE_WAYS.get(platform, ()))
        troubles: list[Reading] = [
            {"window": window, "trouble": [sort, way]} for window in kinds for way in ways for sort in sorts
        ]
        linked_to: Iterator[Reading] = ({"window": window, "trouble": None} for window in links(sandbox))
        linked, wanted = False, fields_to_cover(sandbox, plain)
        for reading in chain(linked_to, troubles):
            is_link = reading["window"]["kind"] == "one"
            found = fields_of_cursors(sandbox, reading)
            if found - covered or (found and is_link and not linked):
                whole = whole_of(sandbox, reading, covered)
                linked = linked or is_link
                yield whole
            if (linked or not is_link) and wanted <= covered:
                return


def fields_to_cover(sandbox: Sandbox, readings: list[Reading]) -> set[str]:
    """Return the fields of the platform's cursor."""
    [cursor, *_] = [stored["cursor"] for reading in readings for stored in reading["cursors"]]
    todo = type(sandbox.connector.read_cursor(cursor))
    return fields_that_may_be(todo) - UNREACHED.get(sandbox.profile.name, set())


def fields_of_cursors(sandbox: Sandbox, reading: Reading) -> set[str]:
    """Return the fields with a value other than the default in the cursors of a reading."""
    try:
        responses, _ = read(sandbox, reading)
    except Exception:  # noqa: BLE001 (it is the address of no post, or the trouble is none that this request can have)
        return set()
    todos = [sandbox.connector.read_cursor(one.cursor) for one in responses if one.cursor]
    return {path for todo in todos if is_dataclass(todo) for path, _, says in fields_of(todo) if says}


def whole_of(sandbox: Sandbox, reading: Reading, covered: set[str]) -> Reading:
    """Return a reading with a cursor for each of its stages; its fields are then covered."""
    responses, ended = read(sandbox, reading)
    stages, cursors, whole = set[frozenset[str]](), list[Reading](), records_in(responses)
    for number, response in enumerate(responses, 1):
        if response.cursor is None:
            continue
        assert SECRET not in response.cursor
        stage = stage_of(sandbox.connector.read_cursor(response.cursor))
        if stage in stages:
            continue
        stages.add(stage)
        rest, how = read(sandbox, reading, response.cursor)
        found = records_in(responses[:number]) | records_in(rest)
        assert reading["trouble"] or (found, how) == (whole, ended)
        differing = {"less": sorted(whole - found), "more": sorted(found - whole)}
        cursors.append(
            {"before": number, "cursor": response.cursor, "after": len(rest), "ended": how, **differing}
        )
    covered |= fields_of_cursors(sandbox, reading)
    records = [sorted(response.records) for response in responses]
    return reading | {"ended": ended, "responses": records, "cursors": cursors}


def put(files: dict[str, str], path: Path) -> None:
    with tarfile.open(path, "w:xz", preset=9) as tar:
        for name, text in sorted(files.items()):
            info, data = tarfile.TarInfo(name), text.encode()
            info.size = len(data)
            tar.addfile(info, BytesIO(data))


def write(path: Path, platform: str) -> None:
    files, covered = dict[str, str](), set[str]()
    for story in stories_of(platform):
        folder = f"{platform}/{story.__name__}"
        files[f"{folder}/sandbox.json"] = told(platform, story)
        with tempfile.TemporaryDirectory() as place:
            network = load_network(files[f"{folder}/sandbox.json"], Path(place))
        found = list(readings_of(platform, story, network, covered))
        stored = {"page": page_of(platform, story), "readings": found}
        files[f"{folder}/readings.json"] = json.dumps(stored, indent=1, sort_keys=True)
        print(f"{folder}: {len(found)} readings, {sum(len(one['cursors']) for one in found)} cursors")
    put(files, path)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    for platform in sys.argv[2:] or platforms():
        write(HERE / f"{sys.argv[1]}-{platform}.tar.xz", platform)
