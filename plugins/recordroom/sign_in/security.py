"""FAB's security manager with audited sign-ins and single sign-on.

A person whom the provider knows is, or becomes, a user of Airflow with the roles of their groups.
"""

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
from recordroom.sign_in.views import BY, ProviderSignOutView, SignInView, SignOutView

PASSWORD, TOKEN = "password", "password, for a token"


class AuditedSecurityManager(FabAirflowSecurityManagerOverride):
    """FAB's security manager, with each sign-in, refusal, and sign-out in the audit."""

    sign_out_view: type[SignOutView] = SignOutView

    def register_views(self) -> None:
        super().register_views()
        self.appbuilder.add_view_no_menu(self.sign_out_view())

    def by(self) -> str:
        """Return the way of signing in: /auth/token, for programs, runs outside of Flask."""
        return PASSWORD if has_request_context() else TOKEN

    def on_user_login(self, user: User) -> None:
        """Write down the sign-in.

        FAB calls this before it lets the person in, so that a failure refuses them.
        """
        audit.record_sign_in(user, self.by())

    def on_user_logout(self, user: User) -> None:
        audit.record_sign_out(user.username)

    def auth_user_db(self, username: str, password: str, rotate_session_id: bool = True) -> User | None:
        user: User | None = super().auth_user_db(username, password, rotate_session_id)
        if user is None:
            self.refused(username)
        return user

    def refused(self, typed: str, why: str = "") -> None:
        """Write down a refusal.

        typed: the name that was typed; written only if an account has it. why: "" if FAB has not reported a
            reason.
        """
        known: User | None = (
            (self.find_user(username=typed) or self.find_user(email=typed)) if typed else None
        )
        if not why:
            why = (
                "no such account"
                if known is None
                else "a wrong password"
                if known.is_active
                else "the account is disabled"
            )
        audit.record_refusal(known.username if known else "", AuditedSecurityManager.by(self), why)


_log = logging.getLogger(__name__)


class SecurityManager(AuditedSecurityManager):
    """FAB's security manager with single sign-on."""

    authoauthview, sign_out_view = SignInView, ProviderSignOutView

    def by(self) -> str:
        return BY

    def auth_user_db(self, username: str, password: str, rotate_session_id: bool = True) -> User | None:  # noqa: ARG002
        """Refuse every password.

        With single sign-on a password would still work for a person who has left the agency.
        """
        self.refused(username, "passwords are not accepted: use single sign-on")
        return None

    def load_user(self, pk: int) -> User | None:
        """Return the user, or None after the sign-in has ended."""
        return super().load_user(pk) if session_lifetime.seconds_left() > 0 else None

    def admit(self, person: SignedIn) -> User:
        """Return the Airflow user of this person, with the roles of their groups.

        SignInRefused if the groups give no role, or the user is disabled in Airflow. Earlier roles are
        removed anyway.
        """
        user, roles = self._known(person), list(self.get_roles_from_keys(list(person.groups)))
        if user is not None:
            audit.record_role_change(
                person.username, audit.list_role_names(user.roles), audit.list_role_names(roles)
            )
            user.username, user.email, user.roles = person.username, person.username, roles
            if not self.update_user(user):  # FAB has logged the reason
                raise ServiceUnavailable("Your roles could not be saved", "Try again in a few minutes.")
        if user is not None and not user.is_active:
            why = f"{person.username} is disabled in Airflow"
            raise SignInRefused(
                "Your account is disabled here", "If this is wrong, tell the administrator of Airflow.", why
            )
        if not roles:
            groups = f"{len(person.groups)} groups were reported"
            why = f"{person.username} is in no group that gives a role ({groups})"
            mend = (
                f"You are {person.name}, and none of your groups has a role here. Ask your "
                "records officer to add you to a group that has one."
            )
            raise SignInRefused("You may not see the records", mend, why)
        if user is None:  # FAB requires an address that is unique; it sends no mail to it
            user = self.add_user(person.username, person.first_name, person.last_name, person.username, roles)
            audit.record_role_change(person.username, [], audit.list_role_names(roles))
        self._rotate_session_id()
        self.update_user_auth_stat(user)
        return user

    def _known(self, person: SignedIn) -> User | None:
        """Find the user by the subject alone.

        A person with a new name is still the one who may have been disabled under the old name.
        """
        ends = User.username.endswith(f"{SUBJECT}{person.subject}", autoescape=True)
        found = self.session.scalars(select(User).where(ends)).unique()
        return next(
            (user for user in found if people.find_provider_key(user.username) == person.subject), None
        )
