"""The ledger `retention`: entries, their order, and the state that follows from them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from recordroom.archive import store
from recordroom.archive.ledger import Ledger, Tail, tail_of
from recordroom.archive.store import Store
from recordroom.archive.verify import verify
from recordroom.errors import RetentionError, Tampered
from recordroom.retention.checks import check_files
from recordroom.retention.ledger import NAME, apply_policy, read
from recordroom.retention.models import Period
from recordroom.retention.policy_file import PolicyFiles
from tests.archives import settings_for
from tests.retention.test_policy_files import REVIEW
from tests.services import S3, Buckets
from tests.verifier.agreement import check as check_archive

TODAY = date(2026, 12, 1)
_PART: dict[str, Any] = {"act_id": "0" * 32, "part": 1, "parts": 1, "scope": {}, "reason": "a claim"}
HOLD = _PART | {"title": "Smith", "kind": "other"}
DECISION = _PART | {"series": "TWO"}


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path) -> Store:
    client = s3.client()
    client.create_bucket(Bucket=buckets.archive, ObjectLockEnabledForBucket=True)
    client.create_bucket(Bucket=buckets.derived)
    return store.archive(settings_for(s3, buckets, tmp_path))


def files(folder: Path, text: str) -> PolicyFiles:
    path = folder / "retention.yaml"
    path.write_text(text, "utf-8")
    return check_files(path, TODAY)


def test_nothing_is_in_force_before_the_first_entry(archive: Store) -> None:
    state = read(archive)
    assert (state.tail.number, state.policy_entry, dict(state.policy.rules)) == (0, None, {})


def test_a_policy_is_in_force_from_its_entry_on_and_the_archive_verifies(
    archive: Store, s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    first = apply_policy(archive, files(tmp_path, REVIEW), "officer@example")
    assert first is not None
    assert first.actor == "officer@example"
    before = read(archive)
    longer = files(tmp_path, REVIEW.replace("years: 2", "years: 3"))
    assert longer.problems  # the schedule's words have two years, but from another version: a warning
    second = apply_policy(archive, longer)
    assert second is not None
    assert second.number == 2
    assert before.policy.rules["GS50-01-12"].period == Period(years=2)
    assert read(archive, before).policy.rules["GS50-01-12"].period == Period(years=3)
    assert read(archive).policy == read(archive, before).policy
    assert read(archive, until=first.at).policy == before.policy
    assert read(archive, until=first.at - timedelta(seconds=1)).tail.number == 0
    check_archive(s3, buckets, tmp_path)


def test_equal_files_add_no_entry_even_if_a_comment_changed(archive: Store, tmp_path: Path) -> None:
    assert apply_policy(archive, files(tmp_path, REVIEW))
    assert apply_policy(archive, files(tmp_path, REVIEW)) is None
    assert apply_policy(archive, files(tmp_path, REVIEW + "# a comment\n")) is None
    assert Ledger(archive, NAME).head() == 1


def test_a_file_with_errors_leaves_the_last_version_in_force(archive: Store, tmp_path: Path) -> None:
    apply_policy(archive, files(tmp_path, REVIEW))
    with pytest.raises(RetentionError, match="no length"):
        apply_policy(archive, files(tmp_path, REVIEW.replace("years: 2", "years: 0")))
    assert read(archive).tail.number == 1


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        ("policy", {"agency": {}, "schedules": [], "in_force": {}, "files": {}}),
        ("hold", {"act_id": "0" * 32, "part": 1, "parts": 1, "scope": {"from": "never"}, "title": "x"}),
        ("classification", {"act_id": "0" * 32, "scope": {}}),
        ("hold", HOLD | {"act_id": "' OR TRUE --"}),
        ("hold", HOLD | {"title": 5}),
        ("hold", HOLD | {"scope": {"records": [5]}}),
        ("hold", HOLD | {"scope": {"records": "wordpress:x/1"}}),
        ("hold", HOLD | {"scope": {"authors": [{"platform": "wordpress", "author_id": 5}]}}),
        ("classification", DECISION | {"series": ["TWO"]}),
        ("classification", DECISION | {"covered": ["news"]}),
        ("statement", {**DECISION, "series": None, "kind": 5, "covered": {}}),
        ("hold-acknowledged", {"act_id": "0" * 32, "account": ["news"]}),
    ],
)
def test_a_forged_body_is_reported_and_nothing_is_guessed_from_it(
    archive: Store, type_: str, body: dict[str, Any]
) -> None:
    Ledger(archive, NAME).append(type_, body, Tail())
    with pytest.raises(Tampered, match=f"not valid for type '{type_}'"):
        read(archive)
    [problem] = verify(archive).problems
    assert problem.object == "ledger/retention/000000000001.json"
    assert f"not valid for type '{type_}'" in problem.problem


def test_an_entry_of_an_unknown_type_is_not_passed_over(archive: Store) -> None:
    Ledger(archive, NAME).append("hold-of-2030", HOLD, Tail())
    with pytest.raises(Tampered, match="does not know entries of type 'hold-of-2030'"):
        read(archive)


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        ("statement-revoked", {"act_id": "0" * 32, "reason": "the body of a hold-released"}),
        ("hold-released", {"act_id": "0" * 32, "problem": "the body of a hold-failed"}),
        ("classification", {"act_id": "0" * 32, "part": 2, "parts": 2, "scope": {}}),
        ("hold-of-2030", HOLD),
    ],
)
def test_verify_reports_a_body_of_another_type_and_an_unknown_type(
    archive: Store, type_: str, body: dict[str, Any]
) -> None:
    Ledger(archive, NAME).append(type_, body, Tail())
    [problem] = verify(archive).problems
    assert f"not valid for type '{type_}'" in problem.problem


@pytest.mark.parametrize("upto", [{"news": "0 END OR TRUE --"}, {"news": None}, ["news"]])
def test_a_forged_entry_about_a_known_hold_is_reported(archive: Store, upto: Any) -> None:
    placed = Ledger(archive, NAME).append("hold", HOLD, Tail())
    body = {"act_id": HOLD["act_id"], "records": [], "upto": upto}
    Ledger(archive, NAME).append("hold-caught", body, tail_of(placed))
    with pytest.raises(Tampered, match="not valid for type 'hold-caught'"):
        read(archive)
    [problem] = verify(archive).problems
    assert problem.object == "ledger/retention/000000000002.json"
