"""Statements as one viewer may see them: the pages Statements, Retention, and Home show the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from recordroom.records.statements import may_read
from recordroom.retention.statements import Statement
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.web.approval_views import ApprovalView, describe_size, describe_waiting


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement that a viewer may read."""

    statement: Statement
    approval: ApprovalView
    size: str  # how many records it covered when it was made


def list_views(searcher: Searcher, viewer: Viewer) -> list[StatementView]:
    """Return the statements that the viewer may read: the newest first.

    ServiceUnavailable if the bucket is away.
    """
    found = list(searcher.retention.now().statements.values())
    return [make_view(one, viewer) for one in reversed(found) if may_read(one, viewer)]


def make_view(statement: Statement, viewer: Viewer) -> StatementView:
    """Return a statement that the viewer may read."""
    return StatementView(statement, ApprovalView.of(statement, viewer), describe_size(statement, viewer))


def list_notices(views: Iterable[StatementView]) -> Iterator[str]:
    """Yield the statements that wait for a second person, for the home page."""
    for view in views:
        if view.approval.waits:
            about = f"about {view.size}"
            yield describe_waiting(view.statement, view.approval, "statement", about, "Statements")
