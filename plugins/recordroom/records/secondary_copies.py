"""Secondary copies: decisions that name the primary record, whose proof was verified first.

If the primary is put under quarantine later, or no longer has its evidence, the decision stays as it is:
nothing is guessed, and a person revokes it.
"""

from __future__ import annotations

from recordroom.errors import NotThere, ServiceUnavailable, UsageError
from recordroom.records.proof import prove_version
from recordroom.records.record import list_documents
from recordroom.retention.decisions import Decision
from recordroom.retention.holds import HoldScope
from recordroom.retention.ledger import RetentionState
from recordroom.search.access import Viewer
from recordroom.search.index.documents import Document
from recordroom.search.searcher import Searcher

_REMEDY = "Name another primary record, or decide without one."


def check_primary(
    searcher: Searcher, primary: str, scope: HoldScope, state: RetentionState, viewer: Viewer
) -> None:
    """Check that a record can be the primary of the secondary copies in a scope.

    The viewer may see it, its proof verifies now, and it is itself no secondary copy of one of them. NotThere
    or UsageError if not; ServiceUnavailable if that is not known now.
    """
    seen = list_documents(searcher, primary, viewer)
    if not seen:
        raise NotThere("there is no such primary record", "Copy the record ID from the page of the record.")
    _check_circle(searcher, primary, scope, state, viewer)
    for one in seen:
        if one["current"]:
            _verify(searcher, one, viewer)


def find_primaries(state: RetentionState, document: Document) -> tuple[str, ...]:
    """Return the primary records that decisions name for a record, if these decisions count."""
    found = (one for one in state.decisions.values() if one.counts and one.primary)
    return tuple(dict.fromkeys(one.primary for one in found if one.scope.lists(document)))


def _names_primary(decision: Decision) -> bool:
    return bool(decision.primary) and decision.validity.revoked is None


def _check_circle(
    searcher: Searcher, primary: str, scope: HoldScope, state: RetentionState, viewer: Viewer
) -> None:
    """Follow the primary to its own primary, and so on; decisions that wait for approval count too."""
    everyone = Viewer.administrator(viewer.snapshot, sees_quarantine=True)
    decisions = [one for one in state.decisions.values() if _names_primary(one)]
    waiting, known = [primary], {primary}
    while waiting:
        name = waiting.pop()
        documents = list_documents(searcher, name, everyone)
        if any(map(scope.lists, documents)):
            words = "the primary record is itself among the records of this decision"
            if name != primary:
                words = "the primary record was decided to be a secondary copy of one of these records"
            raise UsageError(words, _REMEDY)
        more = {one.primary for one in decisions if any(map(one.scope.lists, documents))} - known
        waiting += more
        known |= more


def _verify(searcher: Searcher, document: Document, viewer: Viewer) -> None:
    where = document["record_id"], document["account"], document["sequence"]
    results = [step.ok for step in prove_version(searcher, *where, viewer).steps]
    if False in results:
        raise UsageError(
            "the primary record does not pass its verification",
            f"Its page shows why: select Verify this version now. {_REMEDY}",
        )
    if None in results:
        raise ServiceUnavailable("the primary record cannot be verified now", "Try again later.")
