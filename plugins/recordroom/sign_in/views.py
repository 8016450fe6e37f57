"""The pages of single sign-on, in FAB's Flask application below /auth: to the provider, and back from it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager, get_cookie_path
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.providers.fab.auth_manager.views.auth_oauth import CustomAuthOAuthView
from airflow.providers.fab.www.app import csrf
from airflow.providers.fab.www.views import redirect
from flask import request, session
from flask_appbuilder import BaseView, expose
from flask_login import current_user, login_user, logout_user
from jwt import InvalidTokenError
from werkzeug import Response

from recordroom import settings
from recordroom.errors import RecordroomError, RegisterError, ServiceUnavailable, SignInRefused
from recordroom.register import yaml_file
from recordroom.sign_in import audit, claims, session_lifetime
from recordroom.sign_in.addresses import PROVIDER, SIGN_OUT, airflow_address, goal
from recordroom.sign_in.provider import Remote
from recordroom.web import forms, templating

ROOM = "Records"


def room_name() -> str:
    """Return `Example School District: Records`, or `Records` where the register's file does not say whose they are.

    The file alone is asked: people sign in while the archive is away.
    """
    try:
        told, _ = yaml_file.read(settings.load().register_file)
        return f"{told['agency']['name']}: {ROOM}"
    except (RegisterError, TypeError, KeyError):
        return ROOM


def page(status: int, title: str, mend: str, onward: str = "") -> Response:
    """`onward`: where the browser goes on to by itself."""
    path = urlsplit(airflow_address()).path
    again = f"{path}/auth/login/?next={path}/records/"
    text = templating.markup(
        "sign_in", f"{path}/records", room=room_name(), title=title, mend=mend, again=again, onward=onward
    )
    return Response(text, status, {**templating.HEADERS, "Content-Type": "text/html; charset=utf-8"})


OUT = "You are signed out"


class SignOutView(BaseView):  # type: ignore[misc]  # which has no types
    """A view of its own: FAB lets five forms in 40 seconds through to its view of signing in, of all who come from one address."""

    route_base = "/sign-out"

    @csrf.exempt  # the form is the room's, and has the room's token
    @expose("/", methods=["GET", "POST"])
    def sign_out(self) -> Response:
        token = request.cookies.get(COOKIE_NAME_JWT_TOKEN, "")
        user = (
            self.appbuilder.sm.get_user_by_id(current_user.id)
            if current_user.is_authenticated
            else _user_of(token)
        )
        if user is not None and request.method == "POST" and not _is_ours(token):
            return page(
                403,
                "You are still signed in",
                "This was not sent from your present session: sign out in the room.",
            )
        if token:
            get_auth_manager().revoke_token(token)
        logout_user()
        session.clear()
        try:
            if user is not None:
                self.appbuilder.sm.on_user_logout(user)
        except ServiceUnavailable as problem:
            return without_token(page(503, OUT, f"{problem.message}. {problem.mend}"))
        return without_token(self.signed_out())

    def signed_out(self) -> Response:
        """What somebody reads who is out."""
        return page(200, OUT, "Close this window, if others use this computer.")


class NoOtherWayOut:
    """Beside FAB's view of signing in, whose own way out leaves the token alive."""

    @expose("/logout/")
    def logout(self) -> Response:
        return Response(status=302, headers={"Location": f"{airflow_address()}{SIGN_OUT}"})


def without_token(response: Response) -> Response:
    """Without the token of whoever was signed in in this browser, and without what it kept of pictures and pages."""
    cookie: dict[str, Any] = {
        "path": get_cookie_path(),
        "secure": request.scheme == "https",
        "httponly": True,
    }
    response.delete_cookie(COOKIE_NAME_JWT_TOKEN, **cookie)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _is_ours(token: str) -> bool:
    """As the room asks it of each of its forms."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.host}" and forms.is_of(
        request.form.get(forms.TOKEN), token
    )


def _user_of(token: str) -> Any:
    """Whoever has a token and no session of Flask's any more; None where it opens nothing."""
    try:
        return asyncio.run(get_auth_manager().get_user_from_token(token)) if token else None
    except InvalidTokenError:
        return None


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
        session_lifetime.begin()
        _log.info("%s signed in", user.username)
        sent: Response = redirect(goal(wanted, user))  # type: ignore[no-untyped-call]  # Airflow's: with the token
        return sent


class SignOutThere(SignOutView):
    def signed_out(self) -> Response:
        """Out of the provider too, where it can be told so. Within Airflow's frame no provider lets itself be shown."""
        try:
            end = _remote(self).end()
        except RecordroomError as problem:
            return page(
                200, OUT_HERE, f"{problem.message}: your agency's account is still signed in. {ON_SHARED}"
            )
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
        audit.refused(who, BY, problem.message)
    except ServiceUnavailable as unwritten:
        return page(503, unwritten.message, unwritten.mend)
    return page(403, problem.message, problem.mend)
