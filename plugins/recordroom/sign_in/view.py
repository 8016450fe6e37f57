"""The pages of single sign-on, in FAB's Flask application below /auth: to the provider, and back from it."""

from __future__ import annotations

import logging

from airflow.providers.fab.auth_manager.views.auth_oauth import CustomAuthOAuthView
from airflow.providers.fab.www.views import redirect
from flask import request
from flask_appbuilder import BaseView, expose
from flask_login import login_user, logout_user
from werkzeug import Response

from recordroom import settings
from recordroom.errors import RecordroomError, ServiceUnavailable, SignInRefused
from recordroom.sign_in import claims, journal, lifetime
from recordroom.sign_in.configuration import PROVIDER
from recordroom.sign_in.goal import goal
from recordroom.sign_in.pages import page
from recordroom.sign_in.remote import Remote
from recordroom.sign_in.sign_out import OUT, NoOtherWayOut, SignOutView, without_token

_log = logging.getLogger(__name__)
BY = "single sign-on"  # in the audit
OUT_HERE, ON_SHARED = f"{OUT} here", "On a computer that others use, sign out of it too."


class SignInView(NoOtherWayOut, CustomAuthOAuthView):
    @expose("/login/")
    @expose("/login/<provider>")
    def login(self, provider: str | None = None) -> Response:  # noqa: ARG002 (FAB's address of one of several)
        """Always to the provider, which lets in whom it knows without a question: nobody gets a new token without it."""
        try:
            return _remote(self).ask(request.args.get("next", ""))
        except RecordroomError as problem:
            return _refused(problem)

    @expose("/oauth-authorized/<provider>")
    def oauth_authorized(self, provider: str) -> Response:  # noqa: ARG002 (as above)
        given, who = settings.load(), ""
        try:
            told, wanted = _remote(self).answer()
            person = claims.person(told, given.sign_in_claim, given.sign_in_domain)
            who = person.username
            user = self.appbuilder.sm.admit(person)
        except RecordroomError as problem:
            logout_user()
            return without_token(_refused(problem, who))
        login_user(user)
        lifetime.begin()
        _log.info("%s signed in", user.username)
        sent: Response = redirect(goal(wanted, user))  # type: ignore[no-untyped-call]  # Airflow's: with the token
        return sent


class SignOutThere(SignOutView):
    def signed_out(self) -> Response:
        """Out of the provider too, where it can be told so. Within Airflow's frame no provider lets itself be shown."""
        try:
            end = _remote(self).end()
        except RecordroomError as problem:
            return page(200, OUT_HERE, f"{problem.message}: your agency's account is still signed in. {ON_SHARED}")
        if end is None or request.headers.get("Sec-Fetch-Dest") == "iframe":
            return page(200, OUT_HERE, f"Your agency's account is still signed in. {ON_SHARED}")
        return page(200, OUT_HERE, "Your agency's account is signed out next.", end)


def _remote(view: BaseView) -> Remote:
    return Remote(view.appbuilder.sm.oauth_remotes[PROVIDER], str(settings.load().sign_in_issuer))


def _refused(problem: RecordroomError, who: str = "") -> Response:
    if not isinstance(problem, SignInRefused):
        return page(503, problem.message, problem.mend)
    _log.warning("a sign-in was refused: %s", problem.why or problem.message)
    try:
        journal.refused(who, BY, problem.message)
    except ServiceUnavailable as unwritten:
        return page(503, unwritten.message, unwritten.mend)
    return page(403, problem.message, problem.mend)
