"""The platform's own counts beside ours; every difference is explained or becomes a gap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recordroom.archive.held import GONE, Sums
from recordroom.capture.plan import Plan
from recordroom.capture.seen import Seen
from recordroom.model import VISIBLE, Totals
from recordroom.platforms import Platform

Line = tuple[str, int | None, int | None, str]
NAMED = 20  # differences that a manifest names one by one; their number is always whole


@dataclass(frozen=True, slots=True)
class Completeness:
    """`manifest`: the part of the final manifest. `lacking`: in words what the platform has and we lack; "" where nothing. `roots`: the
    conversations that were read and lack answers."""

    manifest: dict[str, Any]
    lacking: str
    roots: frozenset[str]


def compare(sums: Sums, totals: Totals | None, seen: Seen, plan: Plan, unshown: str = "") -> Completeness:
    """Account totals by kind, and the answers to each record seen whose platform counts them, but for those in conversations that were left
    out: what lacked when such a one was last read still does. `unshown`: Platform.unshown."""
    kinds = [_kind(name, theirs, sums) for name, theirs in sorted(totals.kinds.items())] if totals else []
    answers: list[dict[str, Any]] = []
    lacking: set[str] = set()
    for record_id, root_id, theirs, ours in seen.comment_counts():
        if not plan.leaves_out(root_id):
            answers.append({"record_id": record_id, "platform": theirs, "ours": ours})
            lacking |= {root_id} if ours < theirs else set()
    fewer, unread = [a for a in answers if a["ours"] < a["platform"]], plan.lacking_unread()
    told: dict[str, Any] = {"differ": len(answers), "fewer": len(fewer), "named": answers[:NAMED]} | ({"unread": unread} if unread else {})
    words = [f"{k['platform'] - k['ours']} of {k['platform']} ({k['kind']})" for k in kinds if "why" not in k]
    if fewer:
        words.append(f"{sum(a['platform'] - a['ours'] for a in fewer)} answers to {len(fewer)} records (first: {fewer[0]['record_id']})")
        words += [f"it also counts {unshown}"] if unshown else []
    if unread:
        words.append(f"answers in {unread} conversations, as they were last read")
    return Completeness({"kinds": kinds, "answers": told}, "; ".join(words), frozenset(lacking))


def explained(manifest: Mapping[str, Any], platform: Platform, posts: int) -> Iterator[Line]:
    """(what, as the platform counts it, as we hold it, in words why they differ or that something is lacking) of what `compare` told; None
    where nobody counts. `posts`: that are held, for a platform that does not tell how many there are."""
    if not manifest["kinds"]:
        words = f"{platform.title}: the platform does not tell how many posts there are"
        yield "all posts", None, posts, f"{words}; {platform.uncounted}" if platform.uncounted else words
    for kind in manifest["kinds"]:
        theirs, ours = kind["platform"], kind["ours"]
        yield f"all of kind {kind['kind']}", theirs, ours, kind.get("why") or f"GAP: {theirs - ours} are lacking"
    answers = manifest["answers"]
    for one in answers["named"]:
        theirs, ours = one["platform"], one["ours"]
        why = (
            f"GAP: {theirs - ours} are counted and were not shown{f' (it also counts {unshown})' if (unshown := platform.unshown) else ''}"
            if ours < theirs
            else f"{ours - theirs} more are shown than are counted"
        )
        yield f"answers to {one['record_id']}", theirs, ours, why
    if unnamed := answers["differ"] - len(answers["named"]):
        yield f"answers to {unnamed} further records", None, None, "they differ too; each capture names the first of them"
    if unread := answers.get("unread"):
        yield (
            f"answers in {unread} conversations",
            None,
            None,
            "GAP: some were lacking when these were last read; each is read again within a day",
        )


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
