"""Whether the agency's explanation in the register accepts an open gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from recordroom.archive.gaps import Gaps
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.capture import register_ledger
from recordroom.capture.register_ledger import Explanations
from recordroom.model import ZONE, instant
from tests.archives import AGENCY, make
from tests.services import S3, Buckets

ENTRY = {
    "id": "one",
    "platform": "feed",
    "url": "https://one.example.org/feed",
    "title": "One",
    "class": "official",
    "owner": "IT",
}


def test_a_word_accepts_a_gap_until_a_capture_that_knows_it_leaves_the_gap_open(
    s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    """For example, no explanation is meant for a conversation that could not be read."""
    place, path = make(s3, buckets, tmp_path).place, tmp_path / "accounts.yaml"
    gaps = Gaps(place.archive)
    for reason in (
        "platform-limit",
        "platform-limit (whole account)",
        "counts-differ",
        "messages-missed: one",
        "torn-evidence",
    ):
        gaps.open_("one", reason, "some")
    today = datetime.now(ZONE).date().isoformat()
    said = {
        reason: {"until": today, "why": "J. Doe looked"} for reason in ("platform-limit", "messages-missed")
    }
    explained = said | {"counts-differ": {"until": today, "why": "J. Doe looked", "lacking": 2}}
    path.write_text(
        yaml.safe_dump({"agency": AGENCY, "accounts": [ENTRY | {"explained": explained}]}), "utf-8"
    )
    entered, _ = register_ledger.in_force(place.archive, path)
    words = Explanations(place.archive, entered.account("one"))

    def accepted(**sums: object) -> list[str]:
        return [gap.reason for gap in gaps.open_now() if words.accepts(gap, AccountSummary(**sums))]  # type: ignore[arg-type]

    every = ["platform-limit", "platform-limit (whole account)", "counts-differ", "messages-missed: one"]
    assert accepted(completeness={"lacking": 2}) == every
    assert accepted(completeness={"lacking": 3}) == [one for one in every if one != "counts-differ"], (
        "more than was explained"
    )
    assert accepted(completeness={}) == [one for one in every if one != "counts-differ"], (
        "the number is unknown"
    )
    later = {"time": instant(datetime.now(UTC) + timedelta(seconds=1)), "since": None}
    assert accepted(finals={"recent": later}) == ["platform-limit (whole account)", "messages-missed: one"], (
        "only a sweep closes these"
    )
    assert accepted(finals={"full, first posts": later}) == []
