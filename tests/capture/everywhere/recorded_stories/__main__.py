"""Commands for recorded stories: `python -m tests.capture.everywhere.recorded_stories replay`.

replay   repeat stories from their files alone, and report what differs
play     play stories on the sandbox of today, and report what differs from their files
record   play stories on the sandbox of today, and write their files again
show     print what happens in a story
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.services.seaweedfs import SeaweedFS
from infra.local.support.place import Place
from infra.local.support.ports import free_base
from recordroom.platforms.registry import load
from tests import shared
from tests.capture import airflow_database
from tests.capture.everywhere.faulty import sort_of
from tests.capture.everywhere.recorded_stories import story_file
from tests.capture.everywhere.recorded_stories.recorder import record
from tests.capture.everywhere.recorded_stories.replay import Replayed, play_again, replay
from tests.capture.everywhere.recorded_stories.story_file import RecordedStory
from tests.capture.everywhere.stages import STAGES
from tests.capture.stored_archives.accounts import at_once
from tests.services import S3

CLEAR = "\r\x1b[K"  # the line of a terminal
IN_MEMORY = Path("/dev/shm")  # noqa: S108
ALL = range(1_000_000)  # seeds
EACH = 5
MOST = 5  # differences of a story, and sorts of requests, that are printed


@dataclass
class Tally:
    """Verdicts on the stories so far."""

    verdicts: Counter[str] = field(default_factory=Counter)
    # stories by the sort of the request that is not in the record
    missing: Counter[str] = field(default_factory=Counter)
    # recorded requests that no capture made, by their sort
    unused: Counter[str] = field(default_factory=Counter)

    def add(self, story: RecordedStory, found: Replayed) -> None:
        self.verdicts[found.verdict] += 1
        if found.missing:
            self.missing[f"{found.missing.method} {sort_of(found.missing.url)}"] += 1
        else:
            self.unused.update(sort_of(request) for request in found.unused)
        if found.problems:
            say(f"\n{story.platform} {story.seed} is {found.verdict}:")
            for problem in found.problems[:MOST]:
                say(f"  {problem}")
            if len(found.problems) > MOST:
                say(f"  and {len(found.problems) - MOST} more")

    def close(self) -> bool:
        """Print the verdicts; report whether all stories have the same results."""
        for words, found in (
            ("Requests that the record does not have, with the number of stories", self.missing),
            ("Recorded requests that no capture made, with their number", self.unused),
        ):
            if found:
                say(f"\n{words}:")
                for request, number in found.most_common():
                    say(f"  {number:5} {request}")
        say(
            ", ".join(f"{number} {verdict}" for verdict, number in sorted(self.verdicts.items()))
            or "no story"
        )
        return set(self.verdicts) == {"same"}


def say(words: str) -> None:
    """Print a line in the place of the last progress."""
    sys.stdout.write(f"{CLEAR}{words}\n" if sys.stdout.isatty() else f"{words}\n")


def progress(words: str) -> None:
    """Show the progress on a terminal."""
    if sys.stdout.isatty():
        sys.stdout.write(f"{CLEAR}{words}")
        sys.stdout.flush()


@contextmanager
def services() -> Iterator[tuple[S3, Path]]:
    """Run a real S3 server and Airflow's database in a folder of their own."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as place:
        folder = Path(place)
        service = SeaweedFS(Place(folder / "services", free_base(), shared.cache()), durable=False)
        with service.running(), airflow_database.used(airflow_database.migrate(folder)), at_once():
            yield S3.of(service), folder


def check(given: argparse.Namespace, again: Callable[[RecordedStory, S3, Path], Replayed]) -> int:
    """Repeat the stories, with a line of progress on a terminal."""
    tally, began, number = Tally(), time.monotonic(), 0
    with services() as (s3, folder):
        for platform in given.platform:
            for story in story_file.read(story_file.path_of(platform, given.folder), given.stories):
                number += 1
                tally.add(story, again(story, s3, folder / f"{platform}-{story.seed}"))
                progress(f"{platform} {story.seed}, story {number} after {time.monotonic() - began:.0f} s")
            say(f"{platform}: {number} stories after {time.monotonic() - began:.0f} s")
    return 0 if tally.close() else 1


def write(given: argparse.Namespace) -> int:
    """Record the stories next to those that their files have already, and save each EACH stories.

    A story that its oracle doubts is reported, and left out.
    """
    left_out, began = 0, time.monotonic()
    with services() as (s3, folder):
        for platform in given.platform:
            path = story_file.path_of(platform, given.folder)
            stories = {story.seed: story for story in (story_file.read(path, ALL) if path.exists() else ())}
            for number, seed in enumerate(given.stories, 1):
                try:
                    stories[seed] = record(platform, seed, s3, folder / f"{platform}-{seed}")
                except Exception as problem:  # noqa: BLE001 (the other stories are worth recording)
                    left_out += 1
                    say(
                        "\n".join(
                            [
                                f"{platform} {seed} is left out: {problem!r}",
                                *getattr(problem, "__notes__", ()),
                            ]
                        )
                    )
                progress(f"{platform} {seed} after {time.monotonic() - began:.0f} s")
                if number % EACH == 0 or seed == given.stories[-1]:
                    story_file.write([story for _, story in sorted(stories.items())], path)
            captures = [capture for story in stories.values() for capture in story.captures]
            requests = sum(len(capture.exchanges) for capture in captures)
            size = path.stat().st_size
            say(
                f"{platform}: {len(stories)} stories, {len(captures)} captures, {requests} requests, {size}"
                " bytes"
            )
    return 1 if left_out else 0


def show(given: argparse.Namespace) -> int:
    for platform in given.platform:
        for story in story_file.read(story_file.path_of(platform, given.folder), given.stories):
            say("\n".join([f"{platform} {story.seed}", *story.steps, ""]))
    return 0


def numbers(words: str) -> range:
    first, _, last = words.partition("-")
    return range(int(first), int(last or first) + 1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.capture.everywhere.recorded_stories")
    parser.add_argument("command", choices=("replay", "play", "record", "show"))
    parser.add_argument(
        "--platform", choices=sorted(STAGES), nargs="+", default=sorted(STAGES), help="all unless given"
    )
    parser.add_argument(
        "--stories", type=numbers, default=range(1, 101), help="seeds: 17, or 1-100 (the default)"
    )
    parser.add_argument(
        "--folder", type=Path, default=story_file.FOLDER, help="of the files, if not this one"
    )
    given = parser.parse_args()
    # it ends as Ctrl-C does, with its services stopped
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for platform in given.platform:
        load(platform)  # before the clock stops: it stops in modules that are there
    if given.command == "record":
        return write(given)
    return (
        show(given)
        if given.command == "show"
        else check(given, replay if given.command == "replay" else play_again)
    )


if __name__ == "__main__":
    sys.exit(main())
