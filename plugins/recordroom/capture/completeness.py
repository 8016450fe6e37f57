"""Compares the platform's counts with the archive's; a difference may be a gap."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recordroom.archive.state.account_summary import AccountSummary
from recordroom.capture.reading_plan import ReadingPlan
from recordroom.capture.seen import SeenRecords
from recordroom.model import ABSENT_STATUSES, VISIBLE, Totals
from recordroom.platforms.contract import Platform
from recordroom.register.models import Explanation
from recordroom.stored_texts import text
from recordroom.text import counted

CountLine = tuple[str, int | None, int | None, str]
_KINDS = {  # what a platform counts, as connectors name it -> in words
    "own": "everything that the account published", "post": "all posts", "videos": "all videos",
    "answers": "all replies to the account",
}  # fmt: skip
NAMED = 20  # differences that a manifest names one by one; it counts all of them


@dataclass(frozen=True, slots=True)
class Completeness:
    """The result of a comparison of counts."""

    manifest: dict[str, Any]  # the part of the final manifest
    lacking: str  # what the platform counts and the archive does not have, in words; "": nothing
    number: int  # how many that is
    roots: Mapping[str, int]  # conversation that was read -> how many of its replies are missing
    uncounted: str = ""  # why the platform gave no totals


def compare_counts(
    sums: AccountSummary,
    totals: Totals | None,
    seen: SeenRecords,
    plan: ReadingPlan,
    unshown: str = "",
    *,
    uncounted: str = "",
) -> Completeness:
    """Compare account totals by kind, and the replies to each record that was seen.

    Only records whose platform counts replies. Replies in conversations that were left out are not counted:
    what was missing when such a conversation was last read still is.

    unshown: Platform.counted_but_hidden.
    uncounted: why the platform gave no totals.
    """
    kinds = (
        [_kind(name, theirs, sums, totals.counted) for name, theirs in sorted(totals.kinds.items())]
        if totals
        else []
    )
    answers, lacking = count_replies(seen, plan)
    fewer, (unread, before) = [a for a in answers if a["ours"] < a["platform"]], plan.count_missing_replies()
    told: dict[str, Any] = {"differ": len(answers), "fewer": len(fewer), "named": answers[:NAMED]} | (
        {"unread": unread} if unread else {}
    )
    of_kinds = {k["kind"]: (k["platform"] - k["ours"], k["platform"]) for k in kinds if "why" not in k}
    asides = {k["kind"]: k.get("aside", 0) for k in kinds}
    words = [
        _told("counts-kind", asides[kind], fewer=n, theirs=theirs, kind=kind)
        for kind, (n, theirs) in of_kinds.items()
    ]
    if fewer:
        which = {
            "answers": counted(sum(lacking.values()), "reply"),
            "records": counted(len(fewer), "record"),
        }
        aside = sum(one.get("aside", 0) for one in fewer)
        words.append(_told("counts-answers", aside, **which, _first=fewer[0]["record_id"]))
        words += [text("counts-unshown", what=unshown)] if unshown else []
    if unread:
        words.append(
            text(
                "counts-before",
                answers=counted(before, "reply"),
                conversations=counted(unread, "conversation"),
            )
        )
    number = sum(n for n, _ in of_kinds.values()) + sum(lacking.values()) + before
    manifest = {"kinds": kinds, "answers": told, "lacking": number}
    return Completeness(manifest, "; ".join(words), number, lacking, uncounted)


def _told(code: str, aside: int, **parts: object) -> str:
    """Return the text of a difference.

    aside: how many records may explain it, since not everybody sees them.
    """
    return text(f"{code}-unless" if aside else code, **parts, held=_are(aside))


def count_replies(seen: SeenRecords, plan: ReadingPlan) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Compare the counted replies of the records that were seen with those that were.

    If a root post counts the whole conversation, a reply that is missing below a comment is missing there
    too; it counts once.

    Returns (records with a difference, conversation -> how many of its replies are missing).
    """
    answers: list[dict[str, Any]] = []
    lacking: dict[str, list[int]] = {}
    for one in seen.differing_counts():
        if plan.leaves_out(one.root_id):
            continue
        told = {"record_id": one.record_id, "platform": one.theirs, "ours": one.ours}
        if one.ours < one.theirs:
            lacking.setdefault(one.root_id, [0, 0])[bool(one.whole)] += one.theirs - one.ours
            told |= {"aside": one.aside} if one.aside else {}
        answers.append(told)
    return answers, {root_id: max(each) for root_id, each in lacking.items()}


def explain_differences(
    manifest: Mapping[str, Any], platform: Platform, posts: int, word: Explanation | None = None
) -> Iterator[CountLine]:
    """Yield the lines of a comparison that a manifest has.

    Each line is (what is counted, the platform's count, the archive's, why they differ or that it is a gap).
    None: not counted.

    posts: how many are archived, for a platform that does not say how many there are.
    word: the agency's explanation.
    """
    number: int | None = manifest.get("lacking")  # older manifests do not have it
    covering = word if word and number is not None and word.covers(number) else None
    if not manifest["kinds"]:
        words = f"{platform.title}: the platform does not say how many posts there are"
        yield (
            "all posts",
            None,
            posts,
            f"{words}; {platform.compared_instead}" if platform.compared_instead else words,
        )
    for kind in manifest["kinds"]:
        theirs, ours = kind["platform"], kind["ours"]
        what = _KINDS.get(kind["kind"], f"all records of kind {kind['kind']}")
        yield (
            what,
            theirs,
            ours,
            kind.get("why")
            or _lack(f"{_are(theirs - ours)} missing{unless_hidden(kind.get('aside', 0))}", covering),
        )
    answers = manifest["answers"]
    for one in answers["named"]:
        theirs, ours, hidden = one["platform"], one["ours"], platform.counted_but_hidden
        why = (
            _lack(
                f"{_are(theirs - ours)} counted and not shown"
                f"{f' (the platform also counts {hidden})' if hidden else ''}"
                f"{unless_hidden(one.get('aside', 0))}",
                covering,
            )
            if ours < theirs
            else f"{ours - theirs} more {'is' if ours - theirs == 1 else 'are'} shown than counted"
        )
        yield f"replies to {one['record_id']}", theirs, ours, why
    if unnamed := answers["differ"] - len(answers["named"]):
        yield (
            f"replies to {counted(unnamed, 'other record')}",
            None,
            None,
            "their counts differ too; each capture lists only the first ones",
        )
    if unread := answers.get("unread"):
        words = _lack(
            "some were missing when these were last read; each is read again within a day", covering
        )
        yield f"replies in {counted(unread, 'conversation')}", None, None, words
    if number:
        yield "missing in total", None, None, _lack(f"{_are(number)} missing in total", covering)


def _are(number: int) -> str:
    """Return `1 is` or `2 are`."""
    return f"{number} is" if number == 1 else f"{number} are"


def _lack(words: str, covering: Explanation | None) -> str:
    """Return the text of a gap, or of what the agency has explained."""
    return f"GAP: {words}" if covering is None else f"{words}; {covering.description}"


def unless_hidden(aside: int) -> str:
    """Return what else may explain a difference: records that not everybody sees."""
    held = f"{_are(aside)} archived as hidden, awaiting moderation, spam, or trashed"
    return f", unless the platform also counts records that are not visible ({held})" if aside else ""


def _kind(name: str, theirs: int, sums: AccountSummary, also: Collection[str] | None) -> dict[str, Any]:
    """Compare one of the platform's counts; a line without `why` is a gap.

    also: statuses that the platform counts in addition to visible ones; only these explain a difference.
    """
    present = {status: n for status, n in sums.tallies.get(name, {}).items() if status not in ABSENT_STATUSES}
    public = present.get(VISIBLE, 0)
    ours = sum(n for status, n in present.items() if status in (also or (VISIBLE,)))
    line = {"kind": name, "platform": theirs, "ours": ours}
    if ours > theirs:
        return line | {"why": f"the archive has {ours - theirs} more than the platform counts"}
    if ours == theirs:
        why = (
            f"{ours - public} of them are archived as hidden, awaiting moderation, spam, or trashed; the"
            " platform counts these too"
        )
        return line | {"why": why if ours > public else "equal"}
    aside = sum(present.values()) - ours if also is None else 0
    return line | ({"aside": aside} if aside else {})
