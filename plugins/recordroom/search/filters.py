"""What narrows a search besides its query: accounts, platforms, kinds, statuses, a range of publication, and whether old versions count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recordroom.errors import UsageError
from recordroom.model import KINDS, MESSAGE, STATUSES, instant
from recordroom.search import dates


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty tuples and None filter nothing. `from_` and `to` (aware) are inclusive, on published_at; records without one are then left
    out. `versions`: superseded and late versions too. `messages`: private messages too; without it only a `kind` that names them finds
    any."""

    account: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    from_: datetime | None = None
    to: datetime | None = None
    versions: bool = False
    messages: bool = False

    def check(self, accounts: Collection[str], platforms: Collection[str]) -> None:
        """UsageError for a value that nothing can have; it would find nothing, and hide that it was misspelt."""
        known = (("account", self.account, accounts), ("platform", self.platform, platforms))
        for name, given, there in (*known, ("kind", self.kind, KINDS), ("status", self.status, STATUSES)):
            wrong = [value for value in given if value not in there]
            if wrong:
                raise UsageError(
                    f"--{name}: there is no {wrong[0]!r} in the index", f"There are: {', '.join(sorted(there)) or 'none yet'}."
                )
        if self.from_ and self.to and self.from_ > self.to:
            raise UsageError("--from is after --to", "Exchange them.")

    @property
    def leaves_messages_out(self) -> bool:
        return not self.messages and MESSAGE not in self.kind

    def clauses(self) -> list[dict[str, Any]]:
        """Elasticsearch's filters."""
        named = (("account", self.account), ("platform", self.platform), ("kind", self.kind), ("status", self.status))
        found: list[dict[str, Any]] = [{"terms": {name: list(values)}} for name, values in named if values]
        bounds = {k: instant(v) for k, v in (("gte", self.from_), ("lte", self.to)) if v is not None}
        if bounds:
            found.append({"range": {"published_at": bounds}})
        if self.leaves_messages_out:
            found.append({"bool": {"must_not": {"term": {"kind": MESSAGE}}}})
        return found if self.versions else [*found, {"term": {"current": True}}]

    def understood(self) -> str:
        """The filters in words."""
        named = (("account", self.account), ("platform", self.platform), ("kind", self.kind), ("status", self.status))
        said = [f"{name} {' or '.join(values)}" for name, values in named if values]
        if self.from_:
            said.append(f"published from {dates.both(self.from_)}")
        if self.to:
            said.append(f"published up to {dates.both(self.to)}")
        said.append("all versions" if self.versions else "current versions")
        if self.leaves_messages_out and not self.kind:
            said.append("no private messages")
        return ", ".join(said)

    def told(self) -> dict[str, Any]:
        """What the audit journal keeps."""
        named = {"account": self.account, "platform": self.platform, "kind": self.kind, "status": self.status}
        told: dict[str, Any] = {name: list(values) for name, values in named.items() if values}
        told |= {name: instant(v) for name, v in (("from", self.from_), ("to", self.to)) if v is not None}
        return told | {"versions": self.versions, "messages": not self.leaves_messages_out}
