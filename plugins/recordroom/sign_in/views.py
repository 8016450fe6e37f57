"""The pages of single sign-on, in FAB's Flask application below /auth."""

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

from recordroom import settings, yaml_file
from recordroom.errors import RecordroomError, RegisterError, ServiceUnavailable, SignInRefused
from recordroom.sign_in import audit, claims, session_lifetime
from recordroom.sign_in.addresses import PROVIDER, SIGN_OUT, airflow_address, choose_landing_page
from recordroom.sign_in.provider import Remote
from recordroom.web import forms, templating

ROOM = "Records"


def room_name() -> str:
    """Return `Example School District: Records`, or `Records` if unreadable.

    It reads only the register's file: people sign in while the archive is unavailable.
    """
    try:
        told, _ = yaml_file.read_yaml(settings.load().register_file)
        return f"{told['agency']['name']}: {ROOM}"
    except (RegisterError, TypeError, KeyError):
        return ROOM


def render_page(status: int, title: str, mend: str, onward: str = "") -> Response:
    """Return a page with one message.

    onward: the address to which the browser goes on by itself.
    """
    path = urlsplit(airflow_address()).path
    again = f"{path}/auth/login/?next={path}/records/"
    text = templating.render_markup(
        "sign_in", f"{path}/records", room=room_name(), title=title, mend=mend, again=again, onward=onward
    )
    return Response(text, status, {**templating.HEADERS, "Content-Type": "text/html; charset=utf-8"})


OUT = "You are signed out"


class SignOutView(BaseView):  # type: ignore[misc]  # FAB has no types
    """The sign-out, as a view of its own.

    FAB limits its sign-in view to five forms in 40 seconds for all people who share an address.
    """

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
            return render_page(
                403,
                "You are still signed in",
                "The request came from an earlier session. Sign out in the records room.",
            )
        if token:
            get_auth_manager().revoke_token(token)
        logout_user()
        session.clear()
        try:
            if user is not None:
                self.appbuilder.sm.on_user_logout(user)
        except ServiceUnavailable as problem:
            return remove_token(render_page(503, OUT, f"{problem.message}. {problem.mend}"))
        return remove_token(self.signed_out())

    def signed_out(self) -> Response:
        """Return the page for a person who is signed out."""
        return render_page(200, OUT, "If others use this computer, close this window.")


class SafeLogout:
    """Replaces the sign-out of FAB's sign-in view, which leaves the token alive."""

    @expose("/logout/")
    def logout(self) -> Response:
        return Response(status=302, headers={"Location": f"{airflow_address()}{SIGN_OUT}"})


def remove_token(response: Response) -> Response:
    """Remove the token from the browser that gets this response.

    Cached images and pages are removed too.
    """
    cookie: dict[str, Any] = {
        "path": get_cookie_path(),
        "secure": request.scheme == "https",
        "httponly": True,
    }
    response.delete_cookie(COOKIE_NAME_JWT_TOKEN, **cookie)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _is_ours(token: str) -> bool:
    """Whether the room sent this form, by the check that each of its forms has."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.host}" and forms.is_token_of(
        request.form.get(forms.TOKEN), token
    )


def _user_of(token: str) -> Any:
    """Return the user of a token without a Flask session.

    None if the token is not valid.
    """
    try:
        return asyncio.run(get_auth_manager().get_user_from_token(token)) if token else None
    except InvalidTokenError:
        return None


_log = logging.getLogger(__name__)
BY = "single sign-on"  # in the audit
OUT_HERE, ON_SHARED = f"{OUT} here", "On a shared computer, sign out of it too."


class SignInView(SafeLogout, CustomAuthOAuthView):
    """The sign-in through the provider."""

    @expose("/login/")
    @expose("/login/<provider>")
    def login(self, provider: str | None = None) -> Response:  # noqa: ARG002 (FAB's address)
        """Redirect to the provider, always: no token is given without it.

        A person whom the provider knows is let in without a question.
        """
        try:
            return _remote(self).ask(request.args.get("next", ""))
        except RecordroomError as problem:
            return _refused(problem)

    @expose("/oauth-authorized/<provider>")
    def oauth_authorized(self, provider: str) -> Response:  # noqa: ARG002 (as above)
        given, who = settings.load(), ""
        try:
            told, wanted = _remote(self).answer()
            person = claims.read_person(told, given.sign_in_claim, given.sign_in_domain)
            who = person.username
            user = self.appbuilder.sm.admit(person)
        except RecordroomError as problem:
            logout_user()
            return remove_token(_refused(problem, who))
        login_user(user)
        session_lifetime.begin_session()
        _log.info("%s signed in", user.username)
        # Airflow's: it adds the token
        sent: Response = redirect(choose_landing_page(wanted, user))  # type: ignore[no-untyped-call]
        return sent


class ProviderSignOutView(SignOutView):
    """The sign-out that also ends the provider's session."""

    def signed_out(self) -> Response:
        """Return the page that signs out of the provider too, if it supports that.

        No provider can be shown within Airflow's frame.
        """
        try:
            end = _remote(self).end()
        except RecordroomError as problem:
            return render_page(
                200, OUT_HERE, f"{problem.message}. Your agency's account is still signed in. {ON_SHARED}"
            )
        if end is None or request.headers.get("Sec-Fetch-Dest") == "iframe":
            return render_page(200, OUT_HERE, f"Your agency's account is still signed in. {ON_SHARED}")
        return render_page(200, OUT_HERE, "Next, your agency's account is signed out.", end)


def _remote(view: BaseView) -> Remote:
    return Remote(view.appbuilder.sm.oauth_remotes[PROVIDER], str(settings.load().sign_in_issuer))


def _refused(problem: RecordroomError, who: str = "") -> Response:
    if not isinstance(problem, SignInRefused):
        return render_page(503, problem.message, problem.mend)
    _log.warning("a sign-in was refused: %s", problem.why or problem.message)
    try:
        audit.record_refusal(who, BY, problem.message)
    except ServiceUnavailable as unwritten:
        return render_page(503, unwritten.message, unwritten.mend)
    return render_page(403, problem.message, problem.mend)
