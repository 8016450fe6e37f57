"""Play the demonstration, once a place.

It captures, plays the story's second act, captures again, and lets the register explain the gap that is
staged. Then the records officer decides what happens to the posts that tested the display: the district took
them down in the second act. Finished steps are recorded, so that an interrupted `make up` resumes and a
second one triggers nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from infra.local.commands import recordroom_command
from infra.local.commands.dag_runs import Airflow
from infra.local.services.sandbox_server import Sandbox, explain_gaps
from infra.local.support import retention_file
from infra.local.support.place import Place
from infra.local.support.problem import Problem
from infra.local.support.progress import step

DAG = "capture"  # a run triggered by hand captures every account, due or not
OFFICER, SECOND = "records-officer", "superintendent"
TEST_POSTS = '"Markup is text"'  # finds the posts that tested the display of unusual characters
SERIES = "GS2010-001"
ONE_TIME_LIST = "LRC-DEMO-1"


def play(place: Place) -> None:
    """Run the steps that are not done; both captures go through Airflow's scheduler."""
    notes = Notes(place.root / "demonstration.json")
    if "explained" not in notes.done:
        airflow = Airflow.sign_in(place)
        _capture(airflow, notes, "first")
        with step("The district edits, removes, and hides posts"):
            notes.once("act", lambda: Sandbox(place).play(2))
        _capture(airflow, notes, "second")
        notes.once("explained", lambda: explain_gaps(place))
    if "proposed" not in notes.done:
        with step("A hold, a decision, a statement, and a proposal of disposition"):
            _decide(place, notes)


def _decide(place: Place, notes: Notes) -> None:
    """Let the records officer decide on the test posts.

    No period is over yet: the posts were removed today. So a one-time list, which takes the place of series
    and dates, is the only authority for a proposal.
    """
    posts = _find_test_posts(place)
    hold = notes.once("hold", lambda: _place_hold(place))
    notes.once("acknowledged", lambda: _act(place, "hold", "acknowledge", hold, "district-facebook"))
    decision = notes.once("decided", lambda: _classify(place, posts.values()))
    # The default series of the accounts needs an appraisal, and this one does not: a second person approves.
    notes.once("approved", lambda: _approve(place, decision))
    notes.once("stated", lambda: _state_withdrawn(place, posts["district-mastodon"]))
    title = "Posts that tested the display of unusual characters (made up)"
    retention_file.add_one_time_list(place, ONE_TIME_LIST, title, posts.values())
    recordroom_command.run(place, "retention", "apply", "--yes")
    notes.once("proposed", lambda: _act(place, "retention", "propose", "--yes", "--series", ONE_TIME_LIST))


def _find_test_posts(place: Place) -> Mapping[str, str]:
    """Return account -> record ID; Problem if the archive does not have them."""
    done = recordroom_command.run(place, "search", TEST_POSTS, "--kind", "post", "--limit", "0", "--json")
    found = {hit["account"]: hit["record_id"] for hit in recordroom_command.read_lines(done)}
    if "district-mastodon" not in found:
        raise Problem("The demonstration's test posts are not in the archive.", mend="Run: make clean up")
    return found


def _place_hold(place: Place) -> str:
    accounts = _repeat("--account", ["district-facebook", "district-instagram"])
    given = ["--kind", "records request", "--request", "2026-101", "--reason", "A records request arrived."]
    return _act(place, "hold", "place", "Snow closures", *given, *accounts)


def _classify(place: Place, roots: Iterable[str]) -> str:
    reason = "These posts tested the display of unusual characters."
    conversations = _repeat("--conversation", roots)
    return _act(place, "retention", "classify", SERIES, "--yes", "--reason", reason, *conversations)


def _approve(place: Place, decision: str) -> str:
    reason = "I read the posts: they are tests, and need no appraisal."
    return _act(place, "retention", "approve", decision, "--reason", reason, user=SECOND)


def _state_withdrawn(place: Place, record: str) -> str:
    given = [
        "--evidence", "Theo Brandvold removed it. His letter is in the file 2026-31 (made up).",
        "--reason", "Mastodon no longer shows it, and does not say why.",
    ]  # fmt: skip
    return _act(place, "retention", "state", "withdrawn", "--yes", "--record", record, *given)


def _repeat(option: str, values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield from (option, value)


def _act(place: Place, *command: str, user: str = OFFICER) -> str:
    """Let the records officer, or another user, run a command; return the ID of what it made."""
    done = recordroom_command.run(place, *command, "--json", user=user)
    made = [next(iter(line.values())) for line in recordroom_command.read_lines(done)]  # IDs come first
    if not made or made[0] is None:
        raise Problem(f"`recordroom {' '.join(command)}` made nothing.", mend="Run: make clean up")
    return str(made[0])


def _capture(airflow: Airflow, notes: Notes, name: str) -> None:
    with step(f"The {name} capture") as tell:
        run = notes.once(f"{name} run", lambda: airflow.trigger(DAG))
        if airflow.wait(DAG, run, tell) == "failed":
            notes.forget(f"{name} run")
            raise airflow.failure(DAG, run)
    notes.once(name, lambda: "done")


class Notes:
    """The finished steps, in a small file: name -> result."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def once(self, name: str, work: Callable[[], str]) -> str:
        """Return the recorded result of a step, or run `work` and record its result."""
        if name not in self.done:
            self.done[name] = work()
            self._write()
        return self.done[name]

    def forget(self, name: str) -> None:
        del self.done[name]
        self._write()

    def _write(self) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(self.done))
        fresh.replace(self.path)
