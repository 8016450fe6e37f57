"""How accounts change when the register changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger
from recordroom.archive.store import Store
from recordroom.capture import register_ledger
from recordroom.model import ZONE
from recordroom.platforms.registry import list_names
from recordroom.register import validation
from recordroom.register.models import Register
from tests.archives import AGENCY, make
from tests.services import S3, Buckets


def today() -> date:
    return datetime.now(ZONE).date()


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path) -> Store:
    return make(s3, buckets, tmp_path).archive


def entry(name: str, **more: Any) -> dict[str, Any]:
    known = {
        "id": name,
        "platform": "feed",
        "url": f"https://{name}.example.org/feed",
        "title": name,
        "class": "official",
        "owner": "IT",
    }
    return {**known, **more}


def given(archive: Store, path: Path, *entries: dict[str, Any]) -> list[str]:
    """Return accounts with a gap after a register of these entries was read twice."""
    path.write_text(yaml.safe_dump({"agency": AGENCY, "accounts": list(entries)}), "utf-8")
    for _ in range(2):
        _, alarm = register_ledger.in_force(archive, path)
        assert alarm == ""
    return sorted(gap.account for gap in Gaps(archive).open_now())


def test_an_account_whose_entry_is_gone_is_a_gap_until_it_is_back(archive: Store, tmp_path: Path) -> None:
    path, kept = tmp_path / "accounts.yaml", (entry("one"), entry("four"))
    assert given(archive, path, *kept, entry("two"), entry("three")) == []
    assert given(archive, path, *kept, entry("tow")) == ["three", "two"], "cut off, and misspelt"
    assert given(archive, path, *kept, entry("tow"), entry("two"), entry("three")) == []
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert given(archive, path, *kept, entry("tow"), entry("two", closed_on=yesterday)) == ["three"]
    assert given(archive, path, *kept, entry("tow")) == ["three"], "two was closed first"
    assert given(archive, path, *kept, entry("tow"), entry("three", platform="nonesuch")) == ["three"]
    assert given(archive, path, *kept, entry("tow"), entry("three", closed_on=today().isoformat())) == []


def test_reworded_problems_make_no_new_entry(
    archive: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade words the problems of a register otherwise; its entry stays the one in force."""
    path = tmp_path / "accounts.yaml"
    given(archive, path, entry("one"))
    before = Ledger(archive, register_ledger.NAME).head()
    check = validation.check_register

    def check_reworded(*arguments: Any, **named: Any) -> Any:
        found = check(*arguments, **named)
        return replace(
            found, problems=tuple(replace(one, message="in other words") for one in found.problems)
        )

    monkeypatch.setattr(validation, "check_register", check_reworded)
    found, _ = register_ledger.in_force(archive, path)
    assert {one.message for one in found.problems} == {"in other words"}
    assert Ledger(archive, register_ledger.NAME).head() == before


@pytest.mark.parametrize(
    ("agency", "entries", "words"),
    [
        (
            AGENCY | {"id": "other"},
            ("one", "two", "three", "four"),
            "it is the register of agency 'other', but the archive is of 'esd'",
        ),
        (AGENCY, ("one", "five", "six"), "3 of 4 accounts in force are missing from it"),
        (AGENCY, (), "4 of 4 accounts in force are missing from it"),
    ],
)
def test_the_register_of_another_archive_takes_no_account_out_of_force_unless_a_person_says_so(
    archive: Store, tmp_path: Path, agency: dict[str, str], entries: tuple[str, ...], words: str
) -> None:
    """Otherwise a wrong setting would end the captures of all accounts, and open a gap for each."""
    path = tmp_path / "accounts.yaml"
    yesterday = (today() - timedelta(days=1)).isoformat()
    closed = [entry(f"closed-{number}", closed_on=yesterday) for number in range(3)]
    assert given(archive, path, *closed, *map(entry, ("one", "two", "three", "four"))) == []
    path.write_text(
        yaml.safe_dump({"agency": agency, "accounts": [entry(name) for name in entries]}), "utf-8"
    )
    before, asked = Ledger(archive, register_ledger.NAME).head(), list[str]()

    def answer(doubt: str, *, yes: bool) -> bool:
        asked.append(doubt)
        return yes

    agree, refuse = partial(answer, yes=True), partial(answer, yes=False)
    for record, confirm in ((True, None), (False, None), (False, agree), (True, refuse)):
        kept, alarm = register_ledger.in_force(archive, path, record=record, confirm=confirm)
        assert [account.id for account in kept.accounts if not account.closed_on] == [
            "one",
            "two",
            "three",
            "four",
        ]
        assert (kept.agency.id, words in alarm, "UTC stays in force" in alarm) == ("esd", True, True)
    assert (Ledger(archive, register_ledger.NAME).head(), Gaps(archive).open_now()) == (before, [])
    taken, alarm = register_ledger.in_force(archive, path, confirm=agree)
    assert (taken.agency.id, [account.id for account in taken.accounts], alarm) == (
        agency["id"],
        list(entries),
        "",
    )
    assert asked == [f"{path}: {words}"] * 2, "a reader asks no one"
    assert register_ledger.in_force(archive, path) == (taken, ""), "it is the one in force from now on"
    missing = {"one", "two", "three", "four"} - set(entries)
    assert {gap.account for gap in Gaps(archive).open_now()} == missing, "of each that is gone there is a gap"


def test_half_of_the_accounts_may_be_missing_and_an_entry_with_errors_is_not_missing(
    archive: Store, tmp_path: Path
) -> None:
    path = tmp_path / "accounts.yaml"
    assert given(archive, path, *map(entry, ("one", "two", "three", "four"))) == []
    assert given(archive, path, entry("one"), entry("two")) == ["four", "three"]
    assert given(archive, path, entry("one", platform="nonesuch"), entry("two", platform="nonesuch")) == [
        "four",
        "one",
        "three",
        "two",
    ]


def test_an_entry_whose_id_is_wrong_or_missing_is_a_gap_too(archive: Store, tmp_path: Path) -> None:
    nameless = {k: v for k, v in entry("x").items() if k != "id"}
    assert given(archive, tmp_path / "accounts.yaml", entry("one"), entry("Two"), nameless) == [
        "Two",
        "entry 3",
    ]


def test_keys_of_an_earlier_register_are_errors_of_their_account_alone(
    archive: Store, tmp_path: Path
) -> None:
    """This is true even if they are in the last register that was recorded."""
    path, old = tmp_path / "accounts.yaml", {"until": "2026-11-20", "why": "kept elsewhere"}
    assert given(archive, path, entry("one", posts_missed=old), entry("two")) == ["one"]
    recorded = register_ledger.last_valid(archive)
    assert recorded is not None
    assert ([a.id for a in recorded.accounts], recorded.stopped) == (["two"], ("one",))
    assert given(archive, path, entry("one", explained={"posts-missed": old}), entry("two")) == []


def test_an_entry_that_never_was_correct_is_not_missed_once_it_is_gone(
    archive: Store, tmp_path: Path
) -> None:
    """An entry that was correct for a day is missed, even if it had errors last."""
    path = tmp_path / "accounts.yaml"
    wrong = entry("Bad-Id"), entry("tried", platform="myspace"), entry("known", platform="myspace")
    assert given(archive, path, entry("one"), entry("known"), *wrong[:2]) == ["Bad-Id", "tried"]
    assert given(archive, path, entry("one"), *wrong) == ["Bad-Id", "known", "tried"]
    assert given(archive, path, entry("one"), entry("bad-id")) == ["known"]
    closed = [e.body for e in Ledger(archive, "gap").entries() if e.type == "closed"]
    assert {body["account"] for body in closed} == {"Bad-Id", "tried"}
    assert all("never correct, so nothing was ever captured for it" in body["how"] for body in closed)
    assert given(archive, path, entry("one"), entry("known"), entry("bad-id")) == []


def test_a_mistake_in_the_register_shows_no_confidential_account(archive: Store, tmp_path: Path) -> None:
    path = tmp_path / "accounts.yaml"
    secret = entry("board", confidential=True)

    def hidden(*entries: dict[str, Any]) -> set[str]:
        given(archive, path, *entries)
        return set(register_ledger.confidential(archive, path))

    assert hidden(entry("news"), secret) == {"board"}
    assert hidden(entry("news"), secret | {"class": "nonesuch"}) == {"board"}, "its entry has errors"
    assert hidden(entry("news"), secret | {"confidential": "yes"}) == {"board"}
    assert hidden(entry("news"), entry("board", confidental=True)) == {"board"}, "its key is misspelt"
    assert hidden(entry("news"), secret, entry("board")) == {"board"}, "copied, and the id not changed"
    assert hidden(entry("news"), entry("board"), entry("board")) == {"board"}, "the same, later"
    assert hidden(entry("news"), entry("board", confidential=False, platform="nonesuch")) == {"board"}, (
        "its entry has other errors"
    )
    assert hidden(entry("news"), secret | {"id": "bord"}) == {"board", "bord"}, "misspelt"
    assert hidden(entry("news")) == {"board", "bord"}, "gone"
    path.write_text("accounts: [", "utf-8")
    assert register_ledger.confidential(archive, path) == {"board", "bord"}, "a file that cannot be read"
    assert hidden(entry("news"), entry("board"), entry("bord")) == set(), (
        "the register says that it is public"
    )


@pytest.mark.parametrize(
    ("agency", "others"), [(AGENCY | {"id": "other"}, ("one", "two", "three")), (AGENCY, ())]
)
def test_a_file_in_doubt_hides_what_it_marks_confidential_and_shows_nothing(
    archive: Store, tmp_path: Path, agency: dict[str, str], others: tuple[str, ...]
) -> None:
    path = tmp_path / "accounts.yaml"
    assert (
        given(archive, path, *map(entry, ("one", "two", "three", "news")), entry("board", confidential=True))
        == []
    )
    assert register_ledger.confidential(archive, path) == {"board"}
    entries = [entry("news", confidential=True), entry("board"), *map(entry, others)]
    path.write_text(yaml.safe_dump({"agency": agency, "accounts": entries}), "utf-8")
    _, alarm = register_ledger.in_force(archive, path, record=False)
    assert "stays in force" in alarm
    assert register_ledger.confidential(archive, path) == {"board", "news"}


@pytest.mark.parametrize("id_", [{}, {"id": None}, {"id": ""}, {"id": 17}])
def test_a_confidential_entry_without_an_id_is_shown_to_nobody_else(
    archive: Store, tmp_path: Path, id_: dict[str, Any]
) -> None:
    """Its place in the file is its name in the gap, because the text may reveal its address."""
    path = tmp_path / "accounts.yaml"
    secret = {
        name: value
        for name, value in entry("board", confidential=True, opened_on="soon").items()
        if name != "id"
    } | id_
    assert given(archive, path, entry("news"), secret) == ["entry 2"]
    assert register_ledger.confidential(archive, path) == {"entry 2"}
    path.write_text(
        yaml.safe_dump({"agency": AGENCY, "accounts": [entry("news"), entry("board", confidential=True)]}),
        "utf-8",
    )
    assert register_ledger.confidential(archive, path) == {"entry 2", "board"}, (
        "corrected, and no capture has closed the gap yet"
    )
    assert given(archive, path, entry("news"), entry("board", confidential=True)) == []
    assert register_ledger.confidential(archive, path) == {"board"}
    assert given(archive, path, entry("news"), entry("Schools")) == ["Schools", "board"]
    assert given(archive, path, entry("news"), {**entry("x"), "id": ""}) == ["board", "entry 2"]
    assert register_ledger.confidential(archive, path) == {"board"}, "another entry is in its place now"


def test_a_change_of_the_register_does_not_read_the_gaps_of_years(
    s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    place, path = make(s3, buckets, tmp_path).place, tmp_path / "accounts.yaml"
    gaps = Gaps(place.archive, place.derived)
    for number in range(20):
        gaps.open_("one", "counts-differ", f"{number} posts")
        gaps.close("one", "counts-differ", f"capture {number}")
    path.write_text(yaml.safe_dump({"agency": AGENCY, "accounts": [entry("one"), entry("Two")]}), "utf-8")
    asked = place.archive.requests
    register_ledger.in_force(place.archive, path, derived=place.derived)
    assert place.archive.requests - asked < 40, "it has 40 entries"
    assert [gap.account for gap in Gaps(place.archive).open_now()] == ["Two"]


def test_a_file_that_did_not_change_is_not_parsed_again(
    archive: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each task of a run needs the register; a changed file and a file with a problem are always parsed."""
    path, parsed = tmp_path / "accounts.yaml", list[Path]()
    load = validation.load_register

    def load_noted(file: Path, *more: Any, **named: Any) -> Register:
        parsed.append(file)
        return load(file, *more, **named)

    monkeypatch.setattr(validation, "load_register", load_noted)
    given(archive, path, entry("one"), entry("two"))
    assert len(parsed) == 1
    register, alarm = register_ledger.in_force(archive, path)
    assert (len(parsed), alarm) == (1, "")
    assert register == load(path, list_names()), "with the lines of its warnings"
    assert len({problem.line for problem in register.problems}) == 2
    given(archive, path, entry("one"), entry("two", title="Another"))
    assert len(parsed) == 2
    given(archive, path, entry("one"), entry("Two"))
    assert len(parsed) == 4, "an error of the file is found again"
    path.unlink()
    assert "cannot be read" in register_ledger.in_force(archive, path)[1]
