"""FAB's security manager with our way out, and where the audit hears of sign-ins: by FAB's hooks, and around passwords, since none of them
tells of strangers."""

from __future__ import annotations

from airflow.providers.fab.auth_manager.models import User
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
from flask import has_request_context

from recordroom.sign_in import journal
from recordroom.sign_in.sign_out import SignOutView

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
        journal.signed_in(user, self.by())

    def on_user_logout(self, user: User) -> None:
        journal.signed_out(user.username)

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
        journal.refused(known.username if known else "", Witness.by(self), why)
