"""Who asks, and what they may do. The only file of the room that asks Airflow who somebody is.

Roles are Airflow's; a right of the room is a permission (`can_read` on the resource that Right names), so
that an agency gives it in Airflow's own pages of roles. Rights are asked for with each request: who loses a
role loses them at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, HTTPException, Request

from recordroom import people
from recordroom.rights import Right

SIGN_IN = "/api/v2/auth/login"


@dataclass(frozen=True, slots=True)
class Person:
    """`name`: what the audit journal calls them."""

    name: str
    rights: frozenset[Right]

    @property
    def called(self) -> str:
        """For the person; the journal has the key too, which tells two people of one name apart."""
        return people.display_name(self.name)

    def is_(self, name: str) -> bool:
        """Whether somebody who was called so then is this person."""
        return people.is_same_person(self.name, name)

    def may(self, right: Right) -> bool:
        return right in self.rights


class Forbidden(HTTPException):
    """Somebody who is signed in may not have this, for a reason in words."""

    def __init__(self, words: str) -> None:
        super().__init__(403, words)


class Refused(Forbidden):
    """Somebody who is signed in lacks a right."""

    def __init__(self, right: Right) -> None:
        super().__init__(f"This needs the right \u201c{right.value}\u201d, which none of your roles gives.")
        self.right = right


def _read_person(user: GetUserDep) -> Person:
    manager = get_auth_manager()
    rights = (
        r for r in Right if manager.is_authorized_custom_view(method="GET", resource_name=r.value, user=user)
    )
    return Person(user.get_name(), frozenset(rights))


def require_right(right: Right) -> Callable[..., Person]:
    """The person who asks, who has this right; for a route: `person: Annotated[Person,
    Depends(needs(Right.READ))]`.
    """

    def check(request: Request, person: Annotated[Person, Depends(_read_person)]) -> Person:
        request.state.person = person  # a page that says what went wrong has the navigation that they have
        if not person.may(right):
            raise Refused(right)
        return person

    check.right = right  # type: ignore[attr-defined]  # a test reads it from each route
    return check


def make_sign_in_address(request: Request) -> str:
    """Airflow's page of sign-in, which comes back to what was asked for."""
    root: str = request.scope.get("root_path", "").removesuffix("/records")
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"{root}{SIGN_IN}?{urlencode({'next': wanted})}"


Anybody: Any = _read_person
