"""What the audit journal is told of sign-ins: who came in, how and with which roles; whose roles changed; who was refused; who went out.

- A sign-in that cannot be written down is none: nobody is let in unseen.
- A name that no account has is never written: people type their passwords there.
- Everybody can be refused, and what is in the archive is there for good: of refusals that are alike the first of each minute is written
  down, and at its end, or at that of the server, how many more there were.
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
NOT_KNOWN = "(not known)"  # in the place of a name
MINUTE = 60.0  # seconds
_lock = Lock()
_alike: dict[tuple[str, str, str], int] = {}  # who, how and why -> how many more in this minute


def signed_in(user: User, by: str) -> None:
    """`by`: in which way. ServiceUnavailable where it cannot be written down: then nobody may be let in."""
    with _written() as searcher:
        searcher.note("sign-in", user.username, by=by, roles=names(user.roles))


def roles_changed(username: str, before: list[str], after: list[str]) -> None:
    """At a sign-in, before they change. Where this cannot be written down they do not, and the sign-in is none."""
    if before != after:
        with _written() as searcher:
            searcher.note("roles", username, **{"from": before, "to": after})


def refused(who: str, by: str, why: str) -> None:
    """`who`: the name of an account, or of whom the provider vouches for; "" where nobody is known. `why`: words of ours."""
    who = who or NOT_KNOWN
    with _lock:
        if (who, by, why) in _alike:
            _alike[who, by, why] += 1
            return
        _alike[who, by, why] = 0
    later = Timer(MINUTE, _tell_how_many_more, (who, by, why))
    later.daemon = True
    later.start()
    try:
        with _written() as searcher:
            searcher.note("sign-in refused", who, by=by, why=why)
    except ServiceUnavailable:
        with _lock:  # the next one is the first again
            _alike.pop((who, by, why), None)
        raise


def signed_out(username: str) -> None:
    with _written() as searcher:
        searcher.note("sign-out", username)


def names(roles: Iterable[Role]) -> list[str]:
    return sorted(role.name for role in roles)


def tell_the_rest() -> None:
    """Of all that wait: the server ends, and their threads with it."""
    for who, by, why in list(_alike):
        _tell_how_many_more(who, by, why)


def _tell_how_many_more(who: str, by: str, why: str) -> None:
    with _lock:
        more = _alike.pop((who, by, why), 0)
    if not more:
        return
    try:
        with _written() as searcher:
            searcher.note("sign-in refused", who, by=by, why=why, more=more)
    except ServiceUnavailable:
        _log.error("%d refused sign-ins of %s are not in the audit", more, who)


@contextmanager
def _written() -> Iterator[Searcher]:
    """The room's journal, which sends what is in it to the archive."""
    try:
        yield deps.searcher()
    except RecordroomError as problem:
        _log.error("the audit journal takes nothing, and nobody can sign in: %s", problem)
        raise ServiceUnavailable(
            "This could not be written into the audit", "Tell whoever runs recordroom, and try again."
        ) from problem
