"""The receipt of one conversation: its archived records, and what is missing.

A complete conversation may be moderated.
"""

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
from recordroom.capture.completeness import unless_hidden
from recordroom.capture.permalink.attribution import PermalinkMatch, match_permalink
from recordroom.capture.seen import SeenRecords
from recordroom.capture.segment.parsing import EvidenceReader
from recordroom.model import instant
from recordroom.register.models import Account
from recordroom.text import counted

UNREAD = "were not read completely"
UNSHOWN = "that the platform counts and did not show"  # replies: another capture may bring no more
NOT_THERE = "the reply at that address, which the platform does not show now"


# a stored receipt of an earlier version may call a reply an answer
_NUMBERS = re.compile(r"^[\d,]+ (?:of [\d,]+ )?(?:(repl)(?:y|ies)|(answer|file)s?)\b")


def without_numbers(lacking: str) -> str:
    """Return what is missing without numbers and ids, which not every reader may see.

    `2 replies that ... (first: to x:1)` becomes `replies that ...`.
    """
    plural = _NUMBERS.sub(lambda found: "replies" if found[1] else f"{found[2]}s", lacking)
    return plural.partition(" (first: ")[0]


@dataclass(frozen=True, slots=True)
class RootAddress:
    """The address of a root post that is captured in place of a reply's.

    The platform does not take the reply's. The archive knows more of the reply than the platform does.
    """

    account: str
    record_id: str  # the reply
    kind: str  # comment or reply
    url: str  # of the root post


@dataclass(frozen=True, slots=True)
class Receipt:
    """The archived records of a conversation, up to an entry of the ledger."""

    url: str
    ledger: str
    entry: int  # of the ledger, with its hash and time: the receipt is valid up to it
    sha256: str | None
    committed_at: str | None
    # of each record that was seen: id, kind, sequence, version, status, place of its bytes, SHA-256 of its
    # files
    records: list[dict[str, Any]] = field(default_factory=list)
    media: int = 0
    # what is known and not archived, in words; empty: complete
    lacking: list[str] = field(default_factory=list)
    # why the platform does not give files at all, each reason once
    not_given: list[str] = field(default_factory=list)
    whose: PermalinkMatch | None = None  # which post the address is; None: nothing was read
    instead: RootAddress | None = None  # the address was captured in place of a reply's

    def describe(self) -> dict[str, Any]:
        """Return the receipt for `--json`."""
        return asdict(self) | {"whole": not self.lacking}

    @property
    def kinds(self) -> Counter[str]:
        """How many records of each kind it has."""
        return Counter(record["kind"] for record in self.records)


def make_receipt(
    archive: Store,
    account: Account,
    state: AccountState,
    url: str,
    *,
    seen: SeenRecords,
    short: str,
    unread: Sequence[str],
) -> Receipt:
    """Return the receipt of what was seen, from the fold with its commits.

    short: what the platform does not give in addition, in words.
    unread: root posts of conversations that were not read to their ends. That is missing whether or not the
    platform counts what is in them.
    """
    held = sorted(
        (h for h in state.get(seen.ids()).values() if h.kind != "profile"), key=lambda h: h.window_key
    )
    outcomes = [outcome for one in held for outcome in one.media.values()]
    reasons = [outcome["missing_reason"] for outcome in outcomes if "missing_reason" in outcome]
    missing = [reason for reason in reasons if is_failure(reason)]
    lacking = [] if held else ["nothing was read at that address"]
    if missing:
        lacking.append(f"{len(missing)} of {len(outcomes)} files could not be fetched (first: {missing[0]})")
    fewer = [answers for answers in seen.differing_counts() if answers.ours < answers.theirs]
    if fewer:
        total, aside = sum(one.theirs - one.ours for one in fewer), sum(one.aside for one in fewer)
        lacking.append(
            f"{counted(total, 'reply')} {UNSHOWN} (first: to {fewer[0].record_id}){unless_hidden(aside)}"
        )
    lacking += [f"the replies to {root} {UNREAD}" for root in unread]
    tail = state.tail
    committed = instant(tail.time) if tail.time else None
    not_given = [
        *([short] if short else []),
        *dict.fromkeys(reason for reason in reasons if not is_failure(reason)),
    ]
    told = [_record(h) for h in held]
    number = len(outcomes) - len(reasons)
    by = match_permalink(account, state, url, held, EvidenceReader(archive, account.platform))
    # a moderator may see what the API does not give, and is about to remove it
    if by and by.unshown and not by.names:
        lacking.insert(0, NOT_THERE)
    return Receipt(
        url, state.ledger.name, tail.number, tail.sha256, committed, told, number, lacking, not_given, by
    )


def _record(held: RecordState) -> dict[str, Any]:
    place = (
        {"evidence": held.content.key, "warc_record_id": held.content.warc_record_id} if held.content else {}
    )
    names = ("record_id", "kind", "sequence", "version", "status")
    files = [outcome["sha256"] for outcome in held.media.values() if "missing_reason" not in outcome]
    return {name: getattr(held, name) for name in names} | place | {"files": files}
