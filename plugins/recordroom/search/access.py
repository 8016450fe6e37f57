"""Who asks for records, and what they may see of them.

Every function that reads records takes a Viewer, and none has a default for it: an access check that somebody
forgets is a type error. The command line and the jobs say that they may see everything:
`Viewer.administrator`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from recordroom.archive.quarantine.ledger import Quarantine
from recordroom.archive.quarantine.watch import QuarantineSnapshot
from recordroom.register.models import names_account
from recordroom.search.client import Dsl
from recordroom.search.masking import make_mask


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person or a program that asks for records; one for each request."""

    name: str | None  # as the audit journal names them; None: the user of this machine
    hidden_accounts: tuple[str, ...]  # accounts that they may not see
    # they have the right to see records and files under quarantine; a command must also ask for them
    sees_quarantine: bool
    sees_matters: bool  # whether they may see legal matters of other people
    snapshot: QuarantineSnapshot = field(repr=False, compare=False)  # the quarantine during this request

    @classmethod
    def administrator(cls, snapshot: QuarantineSnapshot, *, sees_quarantine: bool) -> Viewer:
        """Return the user of the command line, or a job, who may see every account.

        sees_quarantine: whether the command asked for records under quarantine, which all may who run
        commands.
        """
        return cls(None, (), sees_quarantine, sees_matters=True, snapshot=snapshot)

    @property
    def quarantine(self) -> Quarantine:
        """The quarantine, the same throughout the request.

        ServiceUnavailable if it is not known: nothing may be shown then.
        """
        return self.snapshot.quarantine

    @property
    def withheld_records(self) -> Collection[str]:
        """IDs of the records that the viewer may not learn of, because of the quarantine."""
        return frozenset() if self.sees_quarantine else self.quarantine.records.keys()

    @property
    def withheld_files(self) -> Collection[str]:
        """SHA-256 sums of the files that the viewer may not see, because of the quarantine."""
        return frozenset() if self.sees_quarantine else self.quarantine.files.keys()

    def may_see(self, record_id: str, account: str) -> bool:
        """Whether the viewer may see this record as this account has it."""
        return account not in self.hidden_accounts and record_id not in self.withheld_records

    def without_quarantine(self) -> Viewer:
        """Return the viewer of a request that does not ask for records under quarantine."""
        return replace(self, sees_quarantine=False)

    def renew(self) -> Viewer:
        """Return the same viewer with a new snapshot, for an answer that is read over a long time."""
        return replace(self, snapshot=self.snapshot.renew())

    def exclude_accounts(self) -> list[Dsl]:
        """Return the Elasticsearch clauses that match what the viewer may not see.

        Empty if they see every account.
        """
        return [{"terms": {"account": sorted(self.hidden_accounts)}}] if self.hidden_accounts else []

    def exclude_hidden(self) -> list[Dsl]:
        """Return the same clauses, and one for the records under quarantine."""
        records = self.withheld_records
        return [*self.exclude_accounts(), *([{"terms": {"record_id": sorted(records)}}] if records else [])]

    def masking(self) -> Callable[[str], str]:
        """Return a function that removes the names of hidden records and accounts from a text of ours.

        For a viewer who may see everything, it leaves the text as it is.
        """
        if self.sees_quarantine and not self.hidden_accounts:
            return str
        return make_mask(self.withheld_records, self.hidden_accounts)

    def reword(self, problem: str) -> str:
        """Return the text of a failure, or a general one if it names a hidden account."""
        if names_account(problem, self.hidden_accounts):
            return "A part of the archive that you may not see has a problem: tell the administrator"
        return problem
