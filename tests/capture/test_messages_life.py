"""Private messages in an archive: refused, not requested for a while, or no longer given.

Further tests show what closes the gap of missed messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger
from recordroom.capture import reader, run
from recordroom.capture.credentials import tokens
from recordroom.capture.session import Outcome
from recordroom.model import ZONE
from recordroom.platforms import instagram
from recordroom.platforms.meta import inbox
from recordroom.platforms.unread import IN_A_ROW
from tests.archives import make, register_of
from tests.capture.everywhere.stages import SECRET
from tests.capture.stage import is_sound
from tests.clock import standing
from tests.fault_transport import Answer, retry_at_once, rewrite_json
from tests.imports.downloads.test_meta import archived
from tests.imports.taking import take
from tests.platforms.contract.sandbox import START, Sandbox, open_sandbox
from tests.platforms.meta.errors import error
from tests.platforms.meta.inbox import Inbox, number_of
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

NAME, MISSED = "inbox", "messages-missed: "
END = START + timedelta(days=30)  # the time of a capture that names no other
THROTTLE = error(4, "(#4) Application request limit reached", status=403).instead


class Office:
    """An account with a commented post and an inbox, and its archive."""

    def __init__(self, sandbox: Sandbox, s3: S3, buckets: Buckets, folder: Path) -> None:
        self.sandbox, self.box, self.where = sandbox, Inbox(sandbox), (s3, buckets, folder)
        stage, name = sandbox.profile.stage, sandbox.profile.name
        self.entry = {
            "id": NAME,
            "platform": name,
            "url": stage.url,
            "api_url": stage.api,
            "private_messages": "capture",
        }
        self.archive = make(s3, buckets, folder, self.entry, transport=sandbox.transport)
        sandbox.converse()

    def say(self, conversation: str, *, ago: float = 0, times: int = 1) -> None:
        """Send messages; `ago`: minutes before END; of several, those of the last one."""
        for left in range(times - 1, -1, -1):
            self.box.say(conversation, len(self.box.said) + 1, END - timedelta(minutes=ago, seconds=left))

    def capture(self, kind: str | None = None, *, ago: float = 0) -> Outcome:
        """Capture the account so many minutes before END, or now if that has passed."""
        network = self.sandbox.network
        network.wait(seconds=max(0, (END - timedelta(minutes=ago) - network.now()).total_seconds()))
        return self.archive.capture(NAME, kind)

    def register(self, **more: Any) -> None:
        self.archive.register = register_of(self.entry | more)

    def meanwhile(self, part: str, answer: Answer) -> AbstractContextManager[None]:
        return self.sandbox.transport.meanwhile(part, answer)

    @property
    def held(self) -> list[int]:
        """Return the numbers of the messages in the archive."""
        return sorted(number_of(row["text"]) for row in self.archive.rows(NAME) if row["kind"] == "message")

    @property
    def gaps(self) -> dict[str, str]:
        return {gap.reason: gap.detail for gap in Gaps(self.archive.archive).open_now([NAME])}

    @property
    def missed(self) -> list[str]:
        return [detail for reason, detail in self.gaps.items() if reason.startswith(MISSED)]


@pytest.fixture
def sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    retry_at_once(monkeypatch)
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": SECRET})
    monkeypatch.setattr(instagram, "PLATFORM", replace(instagram.PLATFORM, renewal=None))
    sandbox = open_sandbox(request.param)
    with standing(sandbox.network.now):
        yield sandbox
    assert sandbox.network.invalid == []


@pytest.fixture
def office(sandbox: Sandbox, s3: S3, buckets: Buckets, tmp_path: Path) -> Office:
    return Office(sandbox, s3, buckets, tmp_path)


both = pytest.mark.parametrize("sandbox", ["facebook", "instagram"], indirect=True)
on_facebook = pytest.mark.parametrize("sandbox", ["facebook"], indirect=True)
# which gives the newest twenty of a conversation
on_instagram = pytest.mark.parametrize("sandbox", ["instagram"], indirect=True)

REFUSED = error(10, "(#10) Application does not have permission for this action").instead


@both
def test_messages_are_captured_completely_and_once(office: Office) -> None:
    office.say("t_1", ago=900, times=3)
    office.say("t_2", ago=30_000)
    first = office.capture()
    assert (first.failure, first.leftover, office.gaps) == (None, {}, {})
    assert office.held == [1, 2, 3, 4]
    office.say("t_2", ago=1)
    for kind, new in ((None, 1), (None, 0), ("full", 0), (None, 0)):
        again = office.capture(kind)
        assert (again.failure, again.new, again.changed, again.absent) == (None, new, 0, 0)
    assert office.gaps == {}
    is_sound(*office.where)


@both
def test_messages_are_read_where_no_public_conversation_is_given(office: Office) -> None:
    """The capture fails and says why, but the messages of most conversations are given for a while only."""
    office.say("t_1", ago=900, times=3)
    for _ in range(IN_A_ROW + 1):
        office.sandbox.converse()
    with office.meanwhile("/comments?", REFUSED):
        assert "error 10" in str(office.capture().failure)
    assert office.held == [1, 2, 3]


MANY = 45  # conversations: more than two pages of them


@both
def test_messages_said_while_the_permission_was_missing_are_read_when_it_is_back(office: Office) -> None:
    office.capture(ago=2_000)
    office.capture(ago=1_500)
    office.box.refuse(REFUSED)
    for number in range(MANY):
        office.say(f"t_{number}", ago=600 - number)
    office.capture(ago=200)
    assert "private-messages" in office.gaps
    office.box.allow()
    office.capture()
    assert (len(office.held), office.gaps) == (MANY, {})


@both
def test_messages_said_before_the_register_asks_are_read_when_it_does(office: Office) -> None:
    office.register(private_messages="switched off")
    for number in range(MANY):
        office.say(f"t_{number}", ago=30_000 - number)
    office.capture()
    office.capture()
    assert (office.held, office.gaps) == ([], {})
    office.register()
    office.capture()
    assert (len(office.held), office.gaps) == (MANY, {})


@both
def test_refusal_during_a_capture_leaves_the_rest_for_the_next_one(office: Office) -> None:
    office.register(private_messages="switched off")
    office.capture()
    office.capture()
    for number in range(MANY):
        office.say(f"t_{number}", ago=9_000 - number)

    def first_page_only(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return REFUSED() if "after=" in str(request.url) else real()

    office.register()
    with office.meanwhile("/conversations", first_page_only):
        office.capture()
    assert (len(office.held), list(office.gaps)) == (20, ["private-messages"])
    office.capture()
    assert (len(office.held), office.gaps) == (MANY, {})


@both
def test_history_that_was_refused_messages_asks_again_in_its_next_run(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.say("t_1", ago=9_000)
    office.box.refuse(REFUSED)
    monkeypatch.setattr(reader, "LONGEST_RUN", timedelta(seconds=-1))  # one request a run
    while not office.box.asked:
        assert office.capture("history").unfinished
    office.box.allow()
    monkeypatch.setattr(reader, "LONGEST_RUN", timedelta(minutes=10))
    office.capture("history")
    assert (office.held, office.gaps) == ([1], {})


@both
def test_history_of_several_runs_has_read_messages_up_to_its_beginning(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.say("t_1", ago=9_000)
    monkeypatch.setattr(reader, "LONGEST_RUN", timedelta(seconds=-1))
    for ago in (900, 890, 880):
        assert office.capture("history", ago=ago).unfinished
    monkeypatch.setattr(reader, "LONGEST_RUN", timedelta(minutes=10))
    office.capture("history", ago=870)
    manifests = [entry.body for entry in office.archive.manifests(NAME)]
    assert [body["messages_read"] for body in manifests if "messages_read" in body] == [
        manifests[0]["started"]
    ]


@both
def test_inbox_that_is_suddenly_empty_is_a_gap(office: Office) -> None:
    office.say("t_1", ago=9_000)
    office.capture()
    with office.meanwhile("/conversations", rewrite_json(lambda _: {"data": []})):
        for kind in (None, "full"):
            office.capture(kind)
            assert (
                "the list of conversations is empty, although it was not before"
                in office.gaps["private-messages"]
            )
    office.say("t_2", ago=3_000)
    office.capture()
    assert (office.held, office.gaps) == ([1, 2], {})


@on_facebook
def test_posts_that_disappear_together_are_a_mass_absence_however_many_messages_exist(office: Office) -> None:
    sandbox = office.sandbox
    posts = [sandbox.publish(days=-27) for _ in range(20)]
    office.say("t_1", ago=900, times=200)
    office.capture(ago=800)
    office.capture(ago=700)
    for post in posts[:7]:
        sandbox.network.remove(post)
    assert office.capture(ago=600).absent == 0
    assert "mass-absence" in office.gaps


# -- what is no longer given
# ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def missing(office: Office) -> Office:
    """Send 25 messages 600 minutes before END; captures miss five of them."""
    office.say("t_1", ago=900, times=3)
    office.capture(ago=800)
    office.capture(ago=700)
    office.say("t_1", ago=600, times=25)
    office.capture(ago=500)
    assert office.held == [1, 2, 3, *range(9, 29)]
    return office


@on_instagram
def test_missed_messages_stay_missed_whatever_is_read_afterwards(missing: Office) -> None:
    [detail] = missing.missed
    assert (
        f"instagram:conversations/{missing.box.conversation('t_1')} (and perhaps others) may have older messages"
        in detail
    )
    for kind, ago in ((None, 400), ("full", 300), (None, 0)):
        missing.capture(kind, ago=ago)
        assert missing.missed == [detail]
    assert len(missing.gaps) == 1
    is_sound(*missing.where)


@on_instagram
def test_newest_twenty_that_reach_what_was_read_before_miss_nothing(office: Office) -> None:
    office.say("t_1", ago=900, times=19)
    office.capture(ago=800)
    for ago in (700, 600, 500, 400):
        office.say("t_1", ago=ago + 1, times=7)
        office.capture(ago=ago)
    office.capture("full")
    assert (office.held, office.gaps) == (list(range(1, 48)), {})


@on_instagram
def test_messages_read_by_a_failed_capture_do_not_hide_what_it_missed(office: Office) -> None:
    """It has archived the newest twenty; the next capture finds nothing that is not archived."""
    office.capture(ago=900)
    office.capture(ago=800)
    office.say("t_1", ago=700, times=25)
    office.say("t_2", ago=600, times=25)
    with office.meanwhile("/messages", THROTTLE):
        assert office.capture(ago=500).not_before
    assert len(office.held) == 40
    office.capture(ago=400)
    assert len(office.missed) == 2, "each names the first that it met"


@on_facebook
def test_long_conversation_is_continued_where_a_capture_failed(office: Office) -> None:
    office.capture(ago=900)
    office.capture(ago=800)
    office.say("t_1", ago=700, times=50)
    with office.meanwhile("/messages", THROTTLE):
        assert office.capture(ago=500).not_before
    assert len(office.held) == 20
    office.capture(ago=400)
    assert (len(office.held), office.gaps) == (50, {})


@on_facebook
def test_conversation_that_moves_up_the_list_during_a_capture_is_read_by_the_next_one(office: Office) -> None:
    office.capture(ago=2_000)
    office.capture(ago=1_800)
    office.say("t_late", ago=700, times=30)
    for number in range(MANY):
        office.say(f"t_{number}", ago=600 - number)

    def move_afterwards(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        response = real()
        response.read()
        if "after=" not in str(request.url) and "folder=" not in str(request.url):
            office.say("t_late", ago=500)
        return response

    with office.meanwhile("/conversations", move_afterwards):
        office.capture(ago=501)
    assert len(office.held) == MANY
    office.capture(ago=100)
    assert (len(office.held), office.gaps) == (MANY + 31, {})


@on_instagram
def test_interrupted_capture_has_reported_what_was_missed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.capture(ago=900)
    office.capture(ago=800)
    office.say("t_1", ago=700, times=25)
    with monkeypatch.context() as patch:
        patch.setattr(run, "_commit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            office.capture(ago=600)
    office.capture(ago=500)
    assert len(office.held) == 20
    assert office.missed
    assert office.archive.manifests(NAME)[-1].body["gap_ids"]


# -- what closes the gap
# ------------------------------------------------------------------------------------------------------------


def download(folder: Path, *messages: tuple[int, float]) -> Path:
    """Return Instagram's own download, with messages of so many minutes before END."""
    listed = [
        {
            "sender_name": "T_1",
            "timestamp_ms": (END - timedelta(minutes=ago)).timestamp() * 1000,
            "content": f"message {n}",
        }
        for n, ago in messages
    ]
    names = {
        "content/posts_1.json": [],
        "messages/inbox/t_1/message_1.json": {"participants": [], "messages": listed},
    }
    return archived(folder / f"download-{len(messages)}-{messages[0][0]}.zip", names)


@on_instagram
@pytest.mark.parametrize(
    ("messages", "closes"),
    [
        ([(1, 900), (2, 650)], False),  # made before they were missed
        ([(10, 600.1), (11, 599)], False),  # of the last days only
        ([(1, 900), (2, 650), (3, 599)], True),
    ],
)
def test_download_closes_the_gap_if_it_reaches_so_far(
    missing: Office, tmp_path: Path, messages: list[tuple[int, float]], *, closes: bool
) -> None:
    done = take(missing.archive, NAME, download(tmp_path, *messages))
    assert (done.rejected, done.new) == (0, len(messages))
    assert bool(missing.missed) is not closes
    missing.capture()
    assert bool(missing.missed) is not closes
    assert bool(missing.archive.manifests(NAME)[-1].body["gap_ids"]) is not closes
    is_sound(*missing.where)


@on_instagram
def test_captured_and_imported_messages_are_reported_as_possible_duplicates(
    missing: Office, tmp_path: Path
) -> None:
    done = take(missing.archive, NAME, download(tmp_path, (1, 900), (2, 900), (99, 599)))
    assert sorted(twin.like for twin in done.twins) == sorted(map(missing.box.record_id, (1, 2)))


@on_instagram
def test_explanation_in_the_register_closes_what_was_missed_up_to_its_day_and_nothing_later(
    missing: Office,
) -> None:
    [gap] = Gaps(missing.archive.archive).open_now([NAME])
    today = gap.opened_at.astimezone(
        ZONE
    ).date()  # by the clock of the store, which is not that of the sandbox
    missing.register(
        explained={"messages-missed": {"until": str(today - timedelta(days=1)), "why": "downloaded by hand"}}
    )
    missing.capture("full", ago=400)
    assert missing.missed
    missing.register(explained={"messages-missed": {"until": str(today), "why": "downloaded by hand"}})
    missing.capture(ago=300)
    assert missing.missed
    missing.capture("full", ago=200)
    assert missing.gaps == {}
    [closed] = (e.body["how"] for e in Ledger(missing.archive.archive, "gap").entries() if e.type == "closed")
    assert closed == "the register says: downloaded by hand"
    missing.register()
    missing.capture("full", ago=100)
    assert missing.missed, "the explanation is gone"


@both
def test_blank_explanation_closes_no_gap(office: Office) -> None:
    office.register(private_messages="  ")
    office.capture()
    assert "private-messages" in office.gaps


@on_facebook
@pytest.mark.parametrize("at", ["read_messages", "objects"])
def test_defect_of_a_connector_reveals_no_message(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, at: str
) -> None:
    """`parse` fails, or `fetch`."""
    written = " ".join(("My", "child", "is", "ill"))

    def stumbling(*_: object) -> Iterator[Any]:
        raise ValueError(f"invalid literal for int(): {written!r}")

    office.say("t_1", ago=9)
    parse = import_module("recordroom.platforms.facebook.parse")  # its package has a function of that name
    monkeypatch.setattr(parse if at == "read_messages" else inbox, at, stumbling)
    outcome = office.capture()
    assert "ValueError. " in str(outcome.failure)
    assert written not in str(
        [outcome, caplog.text, office.gaps, [entry.body for entry in office.archive.manifests(NAME)]]
    )
