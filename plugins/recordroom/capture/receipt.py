"""The receipt of one conversation: what the archive holds of it now, and whether that is all of it. Then it may be moderated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from recordroom.archive.media import is_failure
from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.record_state import RecordState
from recordroom.archive.store import Store
from recordroom.capture.completeness import unless
from recordroom.capture.content import Reader
from recordroom.capture.seen import Seen
from recordroom.capture.whose import Whose, whose
from recordroom.model import instant
from recordroom.register.models import Account
from recordroom.text import counted

UNREAD = "were not read to their end"
UNSHOWN = "that the platform counts and did not show"  # answers: asking again may bring no more
NOT_THERE = "the answer at that address, which the platform did not show now"


_NUMBERS = re.compile(r"^[\d,]+ (?:of [\d,]+ )?(answer|file)s?\b")


def in_kind(lacking: str) -> str:
    """What is lacking without the numbers and the id, which may be of something that a reader may not see: `2 answers that ... (first: to
    x:1)` is `answers that ...`."""
    return _NUMBERS.sub(r"\1s", lacking).partition(" (first: ")[0]


@dataclass(frozen=True, slots=True)
class Instead:
    """An answer of which the archive knows more than the platform takes: its conversation was captured by the address of its first post,
    `url`. `kind`: comment or reply."""

    account: str
    record_id: str
    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """`entry`, `sha256`, `committed_at`: the ledger's entry up to which this holds. `records`: of each writing that was seen its id, kind,
    sequence, version, status, the place of its bytes, and the SHA-256 of each of its `files`. `lacking`: in words what we know of and do
    not hold; empty: all is there, but for files that the platform gives to nobody (`not_given`: why, each reason once). `whose`: of what
    the address is, None where nothing was read. `instead`: where the address is of an answer, and another one was asked for."""

    url: str
    ledger: str
    entry: int
    sha256: str | None
    committed_at: str | None
    records: list[dict[str, Any]] = field(default_factory=list)
    media: int = 0
    lacking: list[str] = field(default_factory=list)
    not_given: list[str] = field(default_factory=list)
    whose: Whose | None = None
    instead: Instead | None = None

    def told(self) -> dict[str, Any]:
        return asdict(self) | {"whole": not self.lacking}

    @property
    def kinds(self) -> Counter[str]:
        return Counter(record["kind"] for record in self.records)


def of(archive: Store, account: Account, state: AccountState, url: str, *, seen: Seen, short: str, unread: Sequence[str]) -> Receipt:
    """The receipt of what was seen, from the fold that holds its commits. `short`: what the platform does not give beside it, in words.
    `unread`: the first posts of conversations that were not read to their ends; that is lacking whether or not the platform counts what is
    in them."""
    held = sorted((h for h in state.get(seen.ids()).values() if h.kind != "profile"), key=lambda h: h.window_key)
    outcomes = [outcome for one in held for outcome in one.media.values()]
    reasons = [outcome["missing_reason"] for outcome in outcomes if "missing_reason" in outcome]
    missing = [reason for reason in reasons if is_failure(reason)]
    lacking = [] if held else ["nothing was read at that address"]
    if missing:
        lacking.append(f"{len(missing)} of {len(outcomes)} files could not be fetched (first: {missing[0]})")
    fewer = [answers for answers in seen.comment_counts() if answers.ours < answers.theirs]
    if fewer:
        total, aside = sum(one.theirs - one.ours for one in fewer), sum(one.aside for one in fewer)
        lacking.append(f"{counted(total, 'answer')} {UNSHOWN} (first: to {fewer[0].record_id}){unless(aside)}")
    lacking += [f"the answers to {root} {UNREAD}" for root in unread]
    tail = state.tail
    committed = instant(tail.time) if tail.time else None
    not_given = [*([short] if short else []), *dict.fromkeys(reason for reason in reasons if not is_failure(reason))]
    told = [_record(h) for h in held]
    number, by = len(outcomes) - len(reasons), whose(account, state, url, held, Reader(archive, account.platform))
    if by and by.unshown and not by.names:  # whoever moderates may see what the API does not give: it is what they are about to remove
        lacking.insert(0, NOT_THERE)
    return Receipt(url, state.ledger.name, tail.number, tail.sha256, committed, told, number, lacking, not_given, by)


def _record(held: RecordState) -> dict[str, Any]:
    place = {"evidence": held.content.key, "warc_record_id": held.content.warc_record_id} if held.content else {}
    names = ("record_id", "kind", "sequence", "version", "status")
    files = [outcome["sha256"] for outcome in held.media.values() if "missing_reason" not in outcome]
    return {name: getattr(held, name) for name in names} | place | {"files": files}
