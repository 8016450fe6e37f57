"""The steps of a proof about a version's status: that it is what the ledger tells, and what in the evidence tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recordroom.archive.state.record_state import Place
from recordroom.archive.store import Store
from recordroom.model import VISIBLE
from recordroom.search import status_told
from recordroom.search.placed import delta_of, placed
from recordroom.search.showing import Version
from recordroom.search.steps import Found
from recordroom.status import is_claim

_BY = {"author": "its author", "agency": "the agency", "platform": "the platform", "unknown": "not known"}
_BESIDE = (
    "The answer that holds the words does not say this itself. Other answers of the platform said it in the same capture: what they said"
    " was noted beside this answer when it came, in the same file of evidence, and the note is as it was. Those other answers are not part"
    " of this proof."
)


def entered(archive: Store, version: Version) -> Found:
    """The hash of a version is of its content: what became of it since stands in the entry alone."""
    return Found(_all(version.record), _all(delta_of(archive, version)[1]))


def told(archive: Store, version: Version, versions: Sequence[Version]) -> Found:
    """Read again from the whole answer in which its words stand. How it is known is not compared: a later parser may word it otherwise."""
    own, delta = version.record, delta_of(archive, version)[1]
    again = status_told.read_again(archive, own["platform"], placed(archive, version, versions).words, own["record_id"])
    expected, found = _stands(delta["status"], delta.get("acted_by")), _stands(again.status, again.acted_by)
    why = f" It was read as: {again.reason}." if again.reason else ""
    if is_claim(own):
        return Found(expected, found, f"The file that was handed in was read once more just now, and claims this.{why}")
    if again.part and again.part.beside:
        means = f"The whole answer was read once more just now, with what was noted beside it.{why}"
        return Found(expected, found, means, _BESIDE, again.part)
    return Found(
        expected, found, f"The whole answer of the platform was read once more just now, and says this itself.{why}", part=again.part
    )


def concluded(archive: Store, version: Version) -> Found:
    """What was made of the answer when it came, which stands beside it in the evidence."""
    own, where = version.record, version.evidence
    place = Place(where.key, where.offset, where.length, own["warc_record_id"], own["pointer"])
    again = status_told.concluded(archive, own["platform"], place, own["record_id"])
    means = (
        "The platform was asked for this record again. What was concluded from its answer was written beside it in the evidence. The"
        f" answer, with the HTTP status {again.http}, {'holds the record too' if again.holds else 'does not hold the record'}."
    )
    limit = "The conclusion is compared with what the entry says, and not drawn anew: whoever judges it reads the answer itself."
    return Found(_all(delta_of(archive, version)[1]), " ".join(map(_noted, again.said)) or "nothing of this record", means, limit)


def _noted(one: Mapping[str, Any]) -> str:
    by = None if one["status"] == VISIBLE else one.get("acted_by") or "unknown"
    return _stands(one["status"], by, one["reason"])


def _all(row: Mapping[str, Any]) -> str:
    return _stands(row["status"], row.get("acted_by"), row.get("status_reason"))


def _stands(status: str, by: str | None, why: str | None = None) -> str:
    """`Status: hidden. By whom: the agency. How that is known: ...`"""
    return f"Status: {status}." + (f" By whom: {_BY.get(by, by)}." if by else "") + (f" How that is known: {why}" if why else "")
