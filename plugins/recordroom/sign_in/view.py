"""The pages of sign-in, in FAB's Flask application below /auth: to the provider, back from it, and out."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_cookie_path
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.providers.fab.auth_manager.views.auth_oauth import CustomAuthOAuthView
from airflow.providers.fab.www.views import redirect
from flask import request, session
from flask_appbuilder import expose
from flask_login import login_user, logout_user
from werkzeug import Response

from recordroom import settings
from recordroom.errors import RecordroomError, SignInRefused
from recordroom.sign_in import claims, lifetime
from recordroom.sign_in.configuration import PROVIDER, base
from recordroom.sign_in.goal import goal
from recordroom.sign_in.remote import Remote
from recordroom.web import rendering

_log = logging.getLogger(__name__)


class SignInView(CustomAuthOAuthView):
    @expose("/login/")
    @expose("/login/<provider>")
    def login(self, provider: str | None = None) -> Response:  # noqa: ARG002 (FAB's address of one of several)
        """Always to the provider, which lets in whom it knows without a question: nobody gets a new token without it."""
        try:
            return self._remote().ask(request.args.get("next", ""))
        except RecordroomError as problem:
            return _refused(problem)

    @expose("/oauth-authorized/<provider>")
    def oauth_authorized(self, provider: str) -> Response:  # noqa: ARG002 (as above)
        given = settings.load()
        try:
            told, wanted = self._remote().answer()
            user = self.appbuilder.sm.admit(claims.person(told, given.sign_in_claim, given.sign_in_domain))
        except RecordroomError as problem:
            logout_user()
            return _out(_refused(problem))
        login_user(user)
        lifetime.begin()
        _log.info("%s signed in", user.username)
        sent: Response = redirect(goal(wanted, user))  # type: ignore[no-untyped-call]  # Airflow's: with the token
        return sent

    @expose("/logout/")
    def logout(self) -> Response:
        """Out of Airflow, and of the provider where it can be told so."""
        logout_user()
        session.clear()
        try:
            end = self._remote().end()
        except RecordroomError as problem:
            return _out(_refused(problem))
        if end is not None:
            return _out(Response(status=302, headers={"Location": end}))
        return _out(_page(200, "You are signed out here", "On a computer that others use, sign out of your agency's account too."))

    def _remote(self) -> Remote:
        return Remote(self.appbuilder.sm.oauth_remotes[PROVIDER], str(settings.load().sign_in_issuer))


def _refused(problem: RecordroomError) -> Response:
    if isinstance(problem, SignInRefused):
        _log.warning("a sign-in was refused: %s", problem.why)
        return _page(403, problem.message, problem.mend)
    return _page(503, problem.message, problem.mend)


def _page(status: int, title: str, mend: str) -> Response:
    path = urlsplit(base()).path
    text = rendering.markup("sign_in", f"{path}/records", title=title, mend=mend, again=f"{path}/auth/login/?next={path}/records/")
    return Response(text, status, {**rendering.HEADERS, "Content-Type": "text/html; charset=utf-8"})


def _out(response: Response) -> Response:
    """Without the token of whoever was signed in in this browser."""
    cookie: dict[str, Any] = {"path": get_cookie_path(), "secure": request.scheme == "https", "httponly": True}
    response.delete_cookie(COOKIE_NAME_JWT_TOKEN, **cookie)
    return response
