"""Find out who makes a request, and what they may do.

This is the only module of the room that asks Airflow who a person is. Roles are Airflow's. A right of the
room is the permission `can_read` on the resource that Right names, so that an agency assigns it in Airflow's
own pages. Rights are read at each request: a person who loses a role loses its rights at once.
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
    """The person who makes a request."""

    name: str  # as the audit journal has it
    rights: frozenset[Right]  # of their roles at this request

    @property
    def called(self) -> str:
        """The name to show to the person.

        The journal also has the key, which distinguishes two people with the same name.
        """
        return people.find_display_name(self.name)

    def is_(self, name: str) -> bool:
        """Return whether a stored name is this person's."""
        return people.is_same_person(self.name, name)

    def may(self, right: Right) -> bool:
        """Return whether the person has a right."""
        return right in self.rights

    def require(self, right: Right) -> None:
        """Raise AccessRefused if the person does not have a right."""
        if not self.may(right):
            raise AccessRefused(right)


class Forbidden(HTTPException):
    """A signed-in person may not have this; the message says why."""

    def __init__(self, words: str) -> None:
        super().__init__(403, words)


class AccessRefused(Forbidden):
    """A signed-in person does not have a right."""

    def __init__(self, right: Right) -> None:
        super().__init__(f"This needs the right \u201c{right.value}\u201d, which none of your roles has.")
        self.right = right


def _read_person(user: GetUserDep) -> Person:
    manager = get_auth_manager()
    rights = (
        r for r in Right if manager.is_authorized_custom_view(method="GET", resource_name=r.value, user=user)
    )
    return Person(user.get_name(), frozenset(rights))


def require_right(right: Right) -> Callable[..., Person]:
    """Return a dependency that gives the person, who must have this right.

    A route declares `person: Annotated[Person, Depends(require_right(Right.READ))]`.
    """

    def check(request: Request, person: Annotated[Person, Depends(_read_person)]) -> Person:
        request.state.person = person  # the page of an error shows this person's navigation
        if not person.may(right):
            raise AccessRefused(right)
        return person

    check.right = right  # type: ignore[attr-defined]  # a test reads it from each route
    return check


def make_sign_in_address(request: Request) -> str:
    """Return the address of Airflow's sign-in page.

    That page then returns to the address that was requested.
    """
    root: str = request.scope.get("root_path", "").removesuffix("/records")
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"{root}{SIGN_IN}?{urlencode({'next': wanted})}"


Anybody: Any = _read_person
