"""The complete list of a proposal: a Parquet object of the derived bucket, whose hash is in the ledger."""

from __future__ import annotations

import hashlib
from pathlib import Path

from recordroom.archive.store import Store
from recordroom.errors import DerivedDamaged
from recordroom.retention.proposals import DispositionProposal

FOLDER = "retention/proposals/"


def key_of(proposal_id: str) -> str:
    """Return the key of the list of a proposal."""
    return f"{FOLDER}{proposal_id}.parquet"


def is_stored(derived: Store, proposal: DispositionProposal) -> bool:
    """Return whether the list is in the derived bucket."""
    return derived.head(proposal.list.key) is not None


def fetch(derived: Store, proposal: DispositionProposal, path: Path) -> None:
    """Copy the list to a local file.

    DerivedDamaged if it is missing, or is not what the ledger names.
    """
    listed = proposal.list
    if not is_stored(derived, proposal):
        raise DerivedDamaged(
            "the list of a proposal is missing",
            "The nightly DAG `retention` makes it again from the archive. Start that DAG to have it now.",
            listed.key,
        )
    digest = hashlib.sha256()
    _, pieces = derived.open(listed.key)
    with path.open("wb") as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
    if digest.hexdigest() != listed.sha256:
        raise DerivedDamaged(
            "the list of a proposal is not the one that the ledger names",
            "Remove the object from the derived bucket. The nightly DAG `retention` makes it again.",
            listed.key,
        )
