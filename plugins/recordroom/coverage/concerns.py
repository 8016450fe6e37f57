"""The matters that need attention: what is or will be lost unless a person acts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from recordroom.coverage.overview import AccountOverview, OverviewState
from recordroom.text import counted

_NEVER = 9


@dataclass(frozen=True, slots=True)
class Concern:
    """One matter that needs attention."""

    account: str
    words: str
    place: str  # the part of the account's page that explains it


def list_concerns(look: OverviewState, behind: Mapping[str, int]) -> list[Concern]:
    """Return the matters that need attention; those that lose records come first.

    behind: account -> number of entries that are overdue in the index.
    """
    found = [one for standing in look.accounts for one in _of(standing, behind.get(standing.name, 0))]
    return [concern for _, concern in sorted(found, key=lambda one: one[0])]


def sort_by_urgency(accounts: Iterable[AccountOverview]) -> list[AccountOverview]:
    """Sort accounts by their most urgent concern, then by the next one.

    Accounts without any concern come last, by name.
    """
    return sorted(
        accounts, key=lambda one: (sorted(urgency for urgency, _ in _of(one, 0)) or [_NEVER], one.name)
    )


def _of(one: AccountOverview, behind: int) -> Iterator[tuple[int, Concern]]:
    """Return each concern of an account with its urgency; 0 is the highest."""
    if one.entry is None:
        yield 0, Concern(one.name, "not captured, because the register has no valid entry for it", "register")
    if failure := one.told.get("failure"):
        yield 0, Concern(one.name, f"the last capture failed: {failure['message']}", "gaps")
    if overdue := one.told["overdue"]:
        yield 0, Concern(one.name, overdue, "now")
    if waiting := one.told.get("waiting"):
        yield 0, Concern(one.name, waiting, "now")
    if words := one.told.get("token_warning"):
        yield 1, Concern(one.name, words, "now")
    if one.gaps:
        yield 2, Concern(one.name, counted(len(one.gaps), "open gap"), "gaps")
    if files := one.told["lacking_files"]:
        yield 2, Concern(one.name, files["words"], "files")
    if behind:
        entries = "entry" if behind == 1 else "entries"
        words = f"the search index does not have its newest {behind:,} ledger {entries}"
        yield 3, Concern(one.name, words, "now")
    if one.entry is not None and not one.approved:
        yield (
            4,
            Concern(
                one.name,
                "not approved; the register needs the approver, the date, and the evidence of the approval",
                "register",
            ),
        )
