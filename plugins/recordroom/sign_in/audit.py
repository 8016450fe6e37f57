"""Write sign-ins, refusals, sign-outs, and changed roles into the audit journal.

- A sign-in that cannot be written down fails: no person gets in unrecorded.
- A name that no account has is never written: people type their passwords there.
- Anyone can cause a refusal, and the archive keeps everything for good. Therefore only the first of equal
  refusals in a minute is written down; at the end of the minute, or of the server, the number of further ones
  follows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer

from airflow.providers.fab.auth_manager.models import Role, User

from recordroom.errors import RecordroomError, ServiceUnavailable
from recordroom.search.searcher import Searcher
from recordroom.web import deps

_log = logging.getLogger(__name__)
NOT_KNOWN = "(unknown)"  # written instead of a name
MINUTE = 60.0  # seconds
_lock = Lock()
_further: dict[tuple[str, str, str], int] = {}  # (who, by, why) -> further refusals in this minute


def record_sign_in(user: User, by: str) -> None:
    """Write down a sign-in.

    by: the way of signing in. ServiceUnavailable if it cannot be written; then the person must not be let in.
    """
    with _open_journal() as searcher:
        searcher.note("sign-in", user.username, by=by, roles=list_role_names(user.roles))


def record_role_change(username: str, before: list[str], after: list[str]) -> None:
    """Write down changed roles, before they change at a sign-in.

    If this fails, the roles do not change and the sign-in fails.
    """
    if before != after:
        with _open_journal() as searcher:
            searcher.note("roles", username, **{"from": before, "to": after})


def record_refusal(who: str, by: str, why: str) -> None:
    """Write down a refusal, or count it if an equal one was just written.

    who: the name of an account, or of a person whom the provider vouches for; "" if the person is unknown.
    why: words of this program, never typed ones.
    """
    who = who or NOT_KNOWN
    with _lock:
        if (who, by, why) in _further:
            _further[who, by, why] += 1
            return
        _further[who, by, why] = 0
    later = Timer(MINUTE, _record_further_refusals, (who, by, why))
    later.daemon = True
    later.start()
    try:
        with _open_journal() as searcher:
            searcher.note("sign-in refused", who, by=by, why=why)
    except ServiceUnavailable:
        with _lock:  # the next refusal is the first again
            _further.pop((who, by, why), None)
        raise


def record_sign_out(username: str) -> None:
    with _open_journal() as searcher:
        searcher.note("sign-out", username)


def list_role_names(roles: Iterable[Role]) -> list[str]:
    return sorted(role.name for role in roles)


def record_remaining() -> None:
    """Write down all counts that wait, when the server ends and its timers with it."""
    for who, by, why in list(_further):
        _record_further_refusals(who, by, why)


def _record_further_refusals(who: str, by: str, why: str) -> None:
    with _lock:
        more = _further.pop((who, by, why), 0)
    if not more:
        return
    try:
        with _open_journal() as searcher:
            searcher.note("sign-in refused", who, by=by, why=why, more=more)
    except ServiceUnavailable:
        _log.error("%d refused sign-ins of %s are not in the audit", more, who)


@contextmanager
def _open_journal() -> Iterator[Searcher]:
    """Give the room's journal, which sends its events to the archive."""
    try:
        yield deps.get_searcher()
    except RecordroomError as problem:
        _log.error("the audit journal cannot be written, so no one can sign in: %s", problem)
        raise ServiceUnavailable(
            "The audit could not record your sign-in", "Tell the administrator, and try again."
        ) from problem
