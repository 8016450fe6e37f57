"""The platform's own counts beside ours; every difference is explained or becomes a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recordroom.archive.held import GONE, Sums
from recordroom.capture.seen import Seen
from recordroom.model import VISIBLE, Totals

NAMED = 20  # differences that a manifest names one by one; their number is always whole


@dataclass(frozen=True, slots=True)
class Completeness:
    """`manifest`: the part of the final manifest. `lacking`: in words what the platform has and we lack; "" where nothing."""

    manifest: dict[str, Any]
    lacking: str


def compare(sums: Sums, totals: Totals | None, seen: Seen) -> Completeness:
    """Account totals by kind, and the answers to each record seen whose platform counts them."""
    kinds = [_kind(name, theirs, sums) for name, theirs in sorted(totals.kinds.items())] if totals else []
    answers: list[dict[str, Any]] = [{"record_id": r, "platform": theirs, "ours": ours} for r, theirs, ours in seen.comment_counts()]
    fewer = [a for a in answers if a["ours"] < a["platform"]]
    part: dict[str, Any] = {"kinds": kinds, "answers": {"differ": len(answers), "fewer": len(fewer), "named": answers[:NAMED]}}
    words = [f"{k['platform'] - k['ours']} of {k['platform']} ({k['kind']})" for k in kinds if "why" not in k]
    if fewer:
        words.append(f"{sum(a['platform'] - a['ours'] for a in fewer)} answers to {len(fewer)} records (first: {fewer[0]['record_id']})")
    return Completeness(part, "; ".join(words))


def _kind(name: str, theirs: int, sums: Sums) -> dict[str, Any]:
    """One of the platform's counts; without a `why` we lack something."""
    statuses = sums.tallies.get(name, {})
    public = statuses.get(VISIBLE, 0)
    present = sum(n for status, n in statuses.items() if status not in GONE)
    line = {"kind": name, "platform": theirs, "ours": public}
    if public == theirs:
        return line | {"why": "equal"}
    if public < theirs <= present:
        return line | {"why": f"{present - public} more are held here as hidden, held, spam or trashed"}
    if public > theirs:
        return line | {"why": f"{public - theirs} more are held here than the platform counts"}
    return line
