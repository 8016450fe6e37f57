"""Private messages in a real archive: refused, or not asked for, for a while; given no longer; what ends the gap of what was missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import httpx
import pytest

from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger
from recordroom.capture import fetching, run, tokens
from recordroom.capture.outcome import Outcome
from recordroom.model import ZONE
from recordroom.platforms import instagram, meta_inbox
from recordroom.platforms.facebook import records
from recordroom.platforms.unread import IN_A_ROW
from tests.archives import TestArchive, make, register_of
from tests.capture.stage import is_sound
from tests.imports.taking import take
from tests.imports.test_meta_download import archived
from tests.platforms import gallery as of_instagram
from tests.platforms import wall as of_facebook
from tests.platforms.gallery import Gallery
from tests.platforms.mailbox import Mailbox
from tests.platforms.scripted import Answer
from tests.platforms.wall import TOKEN, Wall, error
from tests.services import S3, Buckets

NAME, MISSED = "inbox", "messages-missed: "
US, AMY = {"name": "Fircrest Schools", "id": of_facebook.ME}, {"name": "Amy R.", "id": "7001"}
WE, BEN = {"username": "fircrestschools", "id": of_instagram.ME}, {"username": "ben_t", "id": "7002"}


class Office:
    """An account with an inbox, as a network and as an archive of it."""

    def __init__(self, platform: str, box: Mailbox, answers: dict[str, Any], handle: Callable[[httpx.Request], httpx.Response]) -> None:
        self.platform, self.box, self.answers, self.handle = platform, box, answers, handle
        self.entry = {"id": NAME, "platform": platform, "url": f"https://www.{platform}.com/fircrestschools", "private_messages": "capture"}
        self.archive: TestArchive
        self.where: tuple[S3, Buckets, Path]
        self.wall: Wall
        self.talk: Callable[[int], object]  # of a post with a comment
        self._said = 0
        answers |= {"/conversations": box, "/messages": box}

    def say(self, conversation: str, *, ago: float = 0, times: int = 1) -> None:
        """`ago`: minutes; of several the last one's."""
        for left in range(times - 1, -1, -1):
            self._said += 1
            at = datetime.now(UTC) - timedelta(minutes=ago, seconds=left)
            self.box.say(conversation, self._said, created_time=at.strftime("%Y-%m-%dT%H:%M:%S+0000"))

    def capture(self, kind: str | None = None, *, ago: float = 0) -> Outcome:
        """As its clock said so many minutes ago."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fetching, "datetime", _clock(timedelta(minutes=ago)))
            return self.archive.capture(NAME, kind)

    def register(self, **more: Any) -> None:
        self.archive.register = register_of(self.entry | more)

    @property
    def held(self) -> list[int]:
        """Numbers of the messages in the archive."""
        return sorted(int(row["native_id"].removeprefix("m_")) for row in self.archive.rows(NAME) if row["kind"] == "message")

    @property
    def gaps(self) -> dict[str, str]:
        return {gap.reason: gap.detail for gap in Gaps(self.archive.archive).open_now([NAME])}

    @property
    def missed(self) -> list[str]:
        return [detail for reason, detail in self.gaps.items() if reason.startswith(MISSED)]


def _clock(behind: timedelta) -> type[datetime]:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) - behind

    return Clock


class Network(httpx.BaseTransport):
    def __init__(self, handle: Callable[[httpx.Request], httpx.Response]) -> None:
        self.handle = handle

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle(request)


def page() -> Office:
    wall = Wall()
    office = Office("facebook", Mailbox(of_facebook.HOST, (US, AMY)), wall.answers, wall.handle)
    office.wall, office.talk = wall, lambda number: wall.comment(wall.post(number), 9 + number)
    office.talk(1)
    return office


def photos() -> Office:
    gallery = Gallery()
    box = Mailbox(gallery.host, (WE, BEN), "instagram", most=20)
    office = Office("instagram", box, gallery.answers, gallery.handle)
    office.talk = lambda number: gallery.comment(gallery.post(number), 1009 + number)
    office.talk(1)
    return office


def opened(office: Office, s3: S3, buckets: Buckets, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": TOKEN if office.platform == "facebook" else Gallery().token})
    monkeypatch.setattr(instagram, "PLATFORM", replace(instagram.PLATFORM, renewal=None))
    office.where = (s3, buckets, folder)
    office.archive = make(s3, buckets, folder, office.entry, transport=Network(office.handle))
    return office


@pytest.fixture(params=[page, photos])
def office(request: pytest.FixtureRequest, s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    return opened(request.param(), s3, buckets, tmp_path, monkeypatch)


@pytest.fixture
def page_(s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    return opened(page(), s3, buckets, tmp_path, monkeypatch)


@pytest.fixture
def of_twenty(s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An account of which the platform gives the twenty newest messages of a conversation."""
    return opened(photos(), s3, buckets, tmp_path, monkeypatch)


REFUSED = error(10, "(#10) Application does not have permission for this action")


def test_messages_are_captured_whole_and_once(office: Office) -> None:
    office.say("t_1", ago=900, times=3)
    office.say("t_2", ago=50_000)
    first = office.capture()
    assert (first.failure, first.leftover, office.gaps) == (None, {}, {})
    assert office.held == [1, 2, 3, 4]
    office.say("t_2", ago=1)
    for kind, new in ((None, 1), (None, 0), ("full", 0), (None, 0)):
        again = office.capture(kind)
        assert (again.failure, again.new, again.changed, again.absent) == (None, new, 0, 0)
    assert office.gaps == {}
    is_sound(*office.where)


def test_messages_are_read_where_no_conversation_in_public_is_given(office: Office) -> None:
    """The capture fails, and says why: but of most conversations only the newest messages are given."""
    office.say("t_1", ago=900, times=3)
    for number in range(2, IN_A_ROW + 3):
        office.talk(number)
    office.answers["/comments?"] = REFUSED
    assert "error 10" in str(office.capture().failure)
    assert office.held == [1, 2, 3]


MANY = 45  # conversations: more than two pages of them


def test_what_was_said_while_the_permission_was_lacking_is_read_when_it_is_back(office: Office) -> None:
    office.capture(ago=2_000)
    office.capture(ago=1_500)
    office.box.refusal = REFUSED
    for number in range(MANY):
        office.say(f"t_{number}", ago=600 - number)
    office.capture(ago=200)
    assert "private-messages" in office.gaps
    office.box.refusal = None
    office.capture()
    assert (len(office.held), office.gaps) == (MANY, {})


def test_what_was_said_before_the_register_asked_is_read_when_it_does(office: Office) -> None:
    office.register(private_messages="switched off")
    for number in range(MANY):
        office.say(f"t_{number}", ago=90_000 - number)
    office.capture()
    office.capture()
    assert (office.held, office.gaps) == ([], {})
    office.register()
    office.capture()
    assert (len(office.held), office.gaps) == (MANY, {})


def test_a_refusal_on_the_way_leaves_the_rest_to_be_read_when_it_is_given_again(office: Office) -> None:
    office.register(private_messages="switched off")
    office.capture()
    office.capture()
    for number in range(MANY):
        office.say(f"t_{number}", ago=9_000 - number)
    whole = office.box

    def first_page_only(url: str) -> Answer:
        return REFUSED if "after=20" in url else whole(url)

    office.register()
    office.answers["/conversations"] = first_page_only
    office.capture()
    assert (len(office.held), list(office.gaps)) == (20, ["private-messages"])
    office.answers["/conversations"] = whole
    office.capture()
    assert (len(office.held), office.gaps) == (MANY, {})


def test_a_history_that_was_refused_messages_asks_for_them_in_its_next_run(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.say("t_1", ago=9_000)
    office.box.refusal = REFUSED
    monkeypatch.setattr(fetching, "HISTORY_AT_MOST", timedelta(0))  # a request, and the rest is left to the next run
    while not office.box.asked:
        assert office.capture("history").unfinished
    office.box.refusal = None
    monkeypatch.setattr(fetching, "HISTORY_AT_MOST", timedelta(minutes=10))
    office.capture("history")
    assert (office.held, office.gaps) == ([1], {})


def test_a_history_of_several_runs_has_read_messages_up_to_its_beginning(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.say("t_1", ago=9_000)
    monkeypatch.setattr(fetching, "HISTORY_AT_MOST", timedelta(0))
    for ago in (900, 890, 880):
        assert office.capture("history", ago=ago).unfinished
    monkeypatch.setattr(fetching, "HISTORY_AT_MOST", timedelta(minutes=10))
    office.capture("history", ago=870)
    manifests = [entry.body for entry in office.archive.manifests(NAME)]
    assert [body["messages_read"] for body in manifests if "messages_read" in body] == [manifests[0]["started"]]


def test_an_inbox_that_is_empty_all_at_once_is_not_shown(office: Office) -> None:
    office.say("t_1", ago=9_000)
    office.capture()
    office.box.said, kept = {}, office.box.said
    for kind in (None, "full"):
        office.capture(kind)
        assert "the list of conversations is empty, and was not before" in office.gaps["private-messages"]
    office.box.said = kept
    office.say("t_2", ago=3_000)
    office.capture()
    assert (office.held, office.gaps) == ([1, 2], {})


def test_posts_that_vanish_at_once_are_doubted_however_many_messages_there_are(page_: Office) -> None:
    wall = page_.wall
    for number in range(100, 120):
        wall.post(number, created_time=(datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S+0000"))
    page_.say("t_1", ago=900, times=200)
    page_.capture(ago=800)
    page_.capture(ago=700)
    wall.gone |= {f"100_{number}" for number in range(100, 107)}
    wall.nowhere |= wall.gone
    wall.unlisted |= wall.gone
    assert page_.capture(ago=600).absent == 0
    assert "mass-absence" in page_.gaps


# -- what is given no longer -----------------------------------------------------------------------------------------------------


@pytest.fixture
def missing(of_twenty: Office) -> Office:
    """25 messages were said 600 minutes ago, of which five were missed."""
    of_twenty.say("t_1", ago=900, times=3)
    of_twenty.capture(ago=800)
    of_twenty.capture(ago=700)
    of_twenty.say("t_1", ago=600, times=25)
    of_twenty.capture(ago=500)
    assert of_twenty.held == [1, 2, 3, *range(9, 29)]
    return of_twenty


def test_what_was_missed_stays_missed_whatever_is_read_after_it(missing: Office) -> None:
    [detail] = missing.missed
    assert "instagram:conversations/t_1 (the first of them) may hold older ones" in detail
    for kind, ago in ((None, 400), ("full", 300), (None, 0)):
        missing.capture(kind, ago=ago)
        assert missing.missed == [detail]
    assert len(missing.gaps) == 1
    is_sound(*missing.where)


def test_twenty_that_reach_what_was_read_before_miss_nothing(of_twenty: Office) -> None:
    of_twenty.say("t_1", ago=900, times=19)
    of_twenty.capture(ago=800)
    for ago in (700, 600, 500, 400):
        of_twenty.say("t_1", ago=ago + 1, times=7)
        of_twenty.capture(ago=ago)
    of_twenty.capture("full")
    assert (of_twenty.held, of_twenty.gaps) == (list(range(1, 48)), {})


def test_what_a_capture_that_failed_read_does_not_hide_what_it_missed(of_twenty: Office) -> None:
    """It has put the twenty into the archive; the next one meets nothing but what is held."""
    of_twenty.capture(ago=900)
    of_twenty.capture(ago=800)
    of_twenty.say("t_1", ago=700, times=25)
    of_twenty.say("t_2", ago=600, times=25)
    whole, of_twenty.box.beyond = of_twenty.box, "bare"
    of_twenty.answers.pop("/conversations")
    of_twenty.answers |= {"/messages": error(4, "(#4) Application request limit reached", status=403), "/conversations": whole}
    assert of_twenty.capture(ago=500).not_before
    assert len(of_twenty.held) == 40
    of_twenty.answers["/messages"] = whole
    of_twenty.capture(ago=400)
    assert len(of_twenty.missed) == 2, "each names the first that it met"


def test_a_long_conversation_is_read_on_where_a_capture_failed(page_: Office) -> None:
    page_.capture(ago=900)
    page_.capture(ago=800)
    page_.say("t_1", ago=700, times=50)
    whole = page_.box
    page_.answers |= {"/messages": error(4, "(#4) Application request limit reached", status=403)}
    assert page_.capture(ago=500).not_before
    assert len(page_.held) == 20
    page_.answers["/messages"] = whole
    page_.capture(ago=400)
    assert (len(page_.held), page_.gaps) == (50, {})


def test_a_conversation_that_moves_up_the_list_while_it_is_read_is_read_by_the_next_capture(page_: Office) -> None:
    page_.capture(ago=2_000)
    page_.capture(ago=1_800)
    page_.say("t_late", ago=700, times=30)
    for number in range(MANY):
        page_.say(f"t_{number}", ago=600 - number)
    whole = page_.box

    def moving(url: str) -> Answer:
        answer = whole(url)
        if "after=" not in url and "folder=" not in url:
            page_.say("t_late", ago=500)
        return answer

    page_.answers["/conversations"] = moving
    page_.capture(ago=501)
    assert len(page_.held) == MANY
    page_.answers["/conversations"] = whole
    page_.capture(ago=100)
    assert (len(page_.held), page_.gaps) == (MANY + 31, {})


def test_a_capture_that_is_killed_has_told_what_was_missed(of_twenty: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    of_twenty.capture(ago=900)
    of_twenty.capture(ago=800)
    of_twenty.say("t_1", ago=700, times=25)
    with monkeypatch.context() as patch:
        patch.setattr(run._Capture, "_end", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            of_twenty.capture(ago=600)
    of_twenty.capture(ago=500)
    assert len(of_twenty.held) == 20
    assert of_twenty.missed
    assert of_twenty.archive.manifests(NAME)[-1].body["gap_ids"]


# -- what ends the gap -----------------------------------------------------------------------------------------------------------


def download(folder: Path, *messages: tuple[int, float]) -> Path:
    """Instagram's own, with messages of so many minutes ago."""
    now = datetime.now(UTC)
    told = [
        {
            "sender_name": "Ben T.",
            "timestamp_ms": (now - timedelta(minutes=ago)).timestamp() * 1000,
            "content": f"message {n}",
        }
        for n, ago in messages
    ]
    names = {"content/posts_1.json": [], "messages/inbox/ben_1/message_1.json": {"participants": [], "messages": told}}
    return archived(folder / f"download-{len(messages)}-{messages[0][0]}.zip", names)


@pytest.mark.parametrize(
    ("messages", "closes"),
    [
        ([(1, 900), (2, 650)], False),  # made before they were missed
        ([(10, 600.1), (11, 599)], False),  # of the last days only
        ([(1, 900), (2, 650), (3, 599)], True),
    ],
)
def test_the_platforms_own_download_fills_it_if_it_reaches_so_far(
    missing: Office, tmp_path: Path, messages: list[tuple[int, float]], closes: bool
) -> None:
    done = take(missing.archive, NAME, download(tmp_path, *messages))
    assert (done.rejected, done.new) == (0, len(messages))
    assert bool(missing.missed) is not closes
    missing.capture()
    assert bool(missing.missed) is not closes
    assert bool(missing.archive.manifests(NAME)[-1].body["gap_ids"]) is not closes
    is_sound(*missing.where)


def test_what_was_captured_and_imported_is_proposed_as_the_same(missing: Office, tmp_path: Path) -> None:
    done = take(missing.archive, NAME, download(tmp_path, (1, 900), (2, 900), (99, 599)))
    assert sorted(twin.like for twin in done.twins) == ["instagram:messages/m_1", "instagram:messages/m_2"]


def test_a_reason_in_the_register_ends_what_was_missed_up_to_its_day_and_nothing_later(missing: Office) -> None:
    today = datetime.now(ZONE).date()
    missing.register(explained={"messages-missed": {"until": str(today - timedelta(days=1)), "why": "downloaded by hand"}})
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
    assert missing.missed, "nobody says so any more"


def test_words_without_a_word_end_no_gap(office: Office) -> None:
    office.register(private_messages="  ")
    office.capture()
    assert "private-messages" in office.gaps


@pytest.mark.parametrize("at", ["messages_in", "objects"])
def test_a_mistake_of_a_connector_tells_nobody_what_was_written(
    page_: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, at: str
) -> None:
    """`parse` stumbles, or `fetch`."""
    written = " ".join(("My", "child", "is", "ill"))

    def stumbling(*_: object) -> Iterator[Any]:
        raise ValueError(f"invalid literal for int(): {written!r}")

    page_.say("t_1", ago=9)
    monkeypatch.setattr(records if at == "messages_in" else meta_inbox, at, stumbling)
    outcome = page_.capture()
    assert "ValueError. " in str(outcome.failure)
    assert written not in str([outcome, caplog.text, page_.gaps, [entry.body for entry in page_.archive.manifests(NAME)]])
