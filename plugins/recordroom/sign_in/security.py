"""FAB's security manager with single sign-on: whom the provider knows is, or becomes, a user of Airflow with the roles of their groups."""

from __future__ import annotations

import logging

from airflow.providers.fab.auth_manager.models import User
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
from flask import has_request_context
from sqlalchemy import select

from recordroom import people
from recordroom.errors import ServiceUnavailable, SignInRefused
from recordroom.people import SUBJECT
from recordroom.sign_in import audit, session_lifetime
from recordroom.sign_in.claims import SignedIn
from recordroom.sign_in.views import BY, SignInView, SignOutThere, SignOutView

PASSWORD, TOKEN = "password", "password, for a token"


class Witness(FabAirflowSecurityManagerOverride):
    sign_out_view: type[SignOutView] = SignOutView

    def register_views(self) -> None:
        super().register_views()
        self.appbuilder.add_view_no_menu(self.sign_out_view())

    def by(self) -> str:
        """In which way somebody comes in: /auth/token, for programs, is asked outside of Flask."""
        return PASSWORD if has_request_context() else TOKEN

    def on_user_login(self, user: User) -> None:
        """FAB calls it before anybody is let in, so that its failure lets nobody in."""
        audit.signed_in(user, self.by())

    def on_user_logout(self, user: User) -> None:
        audit.signed_out(user.username)

    def auth_user_db(self, username: str, password: str, rotate_session_id: bool = True) -> User | None:
        user: User | None = super().auth_user_db(username, password, rotate_session_id)
        if user is None:
            self.refused(username)
        return user

    def refused(self, typed: str, why: str = "") -> None:
        """`why` "": FAB has not said it."""
        known: User | None = (self.find_user(username=typed) or self.find_user(email=typed)) if typed else None
        if not why:
            why = "no such account" if known is None else "a wrong password" if known.is_active else "the account is disabled"
        audit.refused(known.username if known else "", Witness.by(self), why)


_log = logging.getLogger(__name__)


class SecurityManager(Witness):
    authoauthview, sign_out_view = SignInView, SignOutThere

    def by(self) -> str:
        return BY

    def auth_user_db(self, username: str, password: str, rotate_session_id: bool = True) -> User | None:  # noqa: ARG002 (as FAB calls it)
        """No password opens anything while there is single sign-on: nobody would take it from a person who leaves."""
        self.refused(username, "no password is taken: there is single sign-on")
        return None

    def load_user(self, pk: int) -> User | None:
        """Whose sign-in has ended is nobody, however often the session was used."""
        return super().load_user(pk) if session_lifetime.left() > 0 else None

    def admit(self, person: SignedIn) -> User:
        """The user that this person is, with the roles that their groups give now. SignInRefused where there are none, or the user is
        disabled in Airflow; the roles that they had are taken from them all the same."""
        user, roles = self._known(person), list(self.get_roles_from_keys(list(person.groups)))
        if user is not None:
            audit.roles_changed(person.username, audit.names(user.roles), audit.names(roles))
            user.username, user.email, user.roles = person.username, person.username, roles
            if not self.update_user(user):  # FAB has said why in the log
                raise ServiceUnavailable("Your roles could not be written down", "Try again in some minutes.")
        if user is not None and not user.is_active:
            why = f"{person.username} is disabled in Airflow"
            raise SignInRefused("Your account is disabled here", "Tell whoever administers Airflow, if it should not be.", why)
        if not roles:
            why = f"{person.username} is in no group that gives a role ({len(person.groups)} groups were told)"
            mend = f"You are {person.name}, and none of your groups has a role here. Ask your records officer to add you to one that has."
            raise SignInRefused("You may not see the records", mend, why)
        if user is None:  # FAB wants an address that nobody else has, and writes to nobody
            user = self.add_user(person.username, person.first_name, person.last_name, person.username, roles)
            audit.roles_changed(person.username, [], audit.names(roles))
        self._rotate_session_id()
        self.update_user_auth_stat(user)
        return user

    def _known(self, person: SignedIn) -> User | None:
        """By the subject alone: a person who is called something else now is still the one whom somebody may have disabled."""
        ends = User.username.endswith(f"{SUBJECT}{person.subject}", autoescape=True)
        found = self.session.scalars(select(User).where(ends)).unique()
        return next((user for user in found if people.provider_key(user.username) == person.subject), None)
