"""The platform's own counts beside ours; every difference is explained or becomes a gap."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recordroom.archive.state.account_summary import AccountSummary
from recordroom.capture.plan import Plan
from recordroom.capture.seen import Seen
from recordroom.model import ABSENT_STATUSES, VISIBLE, Totals
from recordroom.platforms import Platform
from recordroom.register.models import Explanation
from recordroom.stored_texts import text
from recordroom.text import counted

Line = tuple[str, int | None, int | None, str]
_KINDS = {  # as connectors call what a platform counts -> in words
    "own": "all that the account itself published", "post": "all posts", "videos": "all videos", "answers": "all answers to it",
}  # fmt: skip
NAMED = 20  # differences that a manifest names one by one; their number is always whole


@dataclass(frozen=True, slots=True)
class Completeness:
    """`manifest`: the part of the final manifest. `lacking`: in words what the platform has and we lack; "" where nothing; `number`: how
    many that is. `roots`: the conversations that were read and lack answers, and how many."""

    manifest: dict[str, Any]
    lacking: str
    number: int
    roots: Mapping[str, int]


def compare(sums: AccountSummary, totals: Totals | None, seen: Seen, plan: Plan, unshown: str = "") -> Completeness:
    """Account totals by kind, and the answers to each record seen whose platform counts them, but for those in conversations that were left
    out: what lacked when such a one was last read still does. `unshown`: Platform.unshown."""
    kinds = [_kind(name, theirs, sums, totals.counted) for name, theirs in sorted(totals.kinds.items())] if totals else []
    answers, lacking = answers_of(seen, plan)
    fewer, (unread, before) = [a for a in answers if a["ours"] < a["platform"]], plan.lacking_unread()
    told: dict[str, Any] = {"differ": len(answers), "fewer": len(fewer), "named": answers[:NAMED]} | ({"unread": unread} if unread else {})
    of_kinds = {k["kind"]: (k["platform"] - k["ours"], k["platform"]) for k in kinds if "why" not in k}
    asides = {k["kind"]: k.get("aside", 0) for k in kinds}
    words = [_told("counts-kind", asides[kind], fewer=n, theirs=theirs, kind=kind) for kind, (n, theirs) in of_kinds.items()]
    if fewer:
        which = {"answers": counted(sum(lacking.values()), "answer"), "records": counted(len(fewer), "record")}
        aside = sum(one.get("aside", 0) for one in fewer)
        words.append(_told("counts-answers", aside, **which, _first=fewer[0]["record_id"]))
        words += [text("counts-unshown", what=unshown)] if unshown else []
    if unread:
        words.append(text("counts-before", answers=counted(before, "answer"), conversations=counted(unread, "conversation")))
    number = sum(n for n, _ in of_kinds.values()) + sum(lacking.values()) + before
    return Completeness({"kinds": kinds, "answers": told, "lacking": number}, "; ".join(words), number, lacking)


def _told(code: str, aside: int, **parts: object) -> str:
    return text(f"{code}-unless" if aside else code, **parts, held=_are(aside))


def answers_of(seen: Seen, plan: Plan) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """(the records whose answers differ in number, conversation -> how many of its answers lack). Where a first post counts the whole
    conversation, what lacks below a comment lacks there too, and is one."""
    answers: list[dict[str, Any]] = []
    lacking: dict[str, list[int]] = {}
    for one in seen.comment_counts():
        if plan.leaves_out(one.root_id):
            continue
        told = {"record_id": one.record_id, "platform": one.theirs, "ours": one.ours}
        if one.ours < one.theirs:
            lacking.setdefault(one.root_id, [0, 0])[bool(one.whole)] += one.theirs - one.ours
            told |= {"aside": one.aside} if one.aside else {}
        answers.append(told)
    return answers, {root_id: max(each) for root_id, each in lacking.items()}


def explained(manifest: Mapping[str, Any], platform: Platform, posts: int, word: Explanation | None = None) -> Iterator[Line]:
    """(what, as the platform counts it, as we hold it, in words why they differ or that something is lacking) of what `compare` told; None
    where nobody counts. `posts`: that are held, for a platform that does not tell how many there are; `word`: the agency's."""
    number: int | None = manifest.get("lacking")  # older manifests do not tell it
    covering = word if word and number is not None and word.covers(number) else None
    if not manifest["kinds"]:
        words = f"{platform.title}: the platform does not tell how many posts there are"
        yield "all posts", None, posts, f"{words}; {platform.uncounted}" if platform.uncounted else words
    for kind in manifest["kinds"]:
        theirs, ours = kind["platform"], kind["ours"]
        what = _KINDS.get(kind["kind"], f"all of kind {kind['kind']}")
        yield what, theirs, ours, kind.get("why") or _lack(f"{_are(theirs - ours)} lacking{unless(kind.get('aside', 0))}", covering)
    answers = manifest["answers"]
    for one in answers["named"]:
        theirs, ours = one["platform"], one["ours"]
        why = (
            _lack(
                f"{_are(theirs - ours)} counted and not shown{f' (it also counts {platform.unshown})' if platform.unshown else ''}"
                f"{unless(one.get('aside', 0))}",
                covering,
            )
            if ours < theirs
            else f"{ours - theirs} more {'is' if ours - theirs == 1 else 'are'} shown than counted"
        )
        yield f"answers to {one['record_id']}", theirs, ours, why
    if unnamed := answers["differ"] - len(answers["named"]):
        yield f"answers to {counted(unnamed, 'further record')}", None, None, "they differ too; each capture names the first of them"
    if unread := answers.get("unread"):
        words = _lack("some were lacking when these were last read; each is read again within a day", covering)
        yield f"answers in {counted(unread, 'conversation')}", None, None, words
    if number:
        yield "lacking, all together", None, None, _lack(f"{_are(number)} lacking in all", covering)


def _are(number: int) -> str:
    return f"{number} is" if number == 1 else f"{number} are"


def _lack(words: str, covering: Explanation | None) -> str:
    return f"GAP: {words}" if covering is None else f"{words}; {covering.description}"


def unless(aside: int) -> str:
    """What else a difference may come from: answers, or posts, that are held as what not everybody sees."""
    held = f"{_are(aside)} held here as hidden, held, spam or trashed"
    return f", unless it counts those that are not visible: {held}, and it does not say" if aside else ""


def _kind(name: str, theirs: int, sums: AccountSummary, also: Collection[str] | None) -> dict[str, Any]:
    """One of the platform's counts; without a `why` we lack something. Only what the platform counts explains a difference."""
    present = {status: n for status, n in sums.tallies.get(name, {}).items() if status not in ABSENT_STATUSES}
    public = present.get(VISIBLE, 0)
    ours = sum(n for status, n in present.items() if status in (also or (VISIBLE,)))
    line = {"kind": name, "platform": theirs, "ours": ours}
    if ours > theirs:
        return line | {"why": f"{ours - theirs} more are held here than the platform counts"}
    if ours == theirs:
        why = f"{ours - public} of them are held here as hidden, held, spam or trashed, which it counts too"
        return line | {"why": why if ours > public else "equal"}
    aside = sum(present.values()) - ours if also is None else 0
    return line | ({"aside": aside} if aside else {})
