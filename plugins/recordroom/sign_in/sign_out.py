"""Out: Airflow's token, Flask's session and what the browser kept of pages end together, by one request, however somebody signed in.

The room sends a form, with its token and from its own origin. Airflow's menu leads here by GET, once Airflow has revoked the token itself.
Flask's session lies in Airflow's database, and is removed there: whoever copied its cookie gets no new token for it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from airflow.api_fastapi.app import get_auth_manager, get_cookie_path
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.providers.fab.www.app import csrf
from flask import request, session
from flask_appbuilder import BaseView, expose
from flask_login import current_user, logout_user
from jwt import InvalidTokenError
from werkzeug import Response

from recordroom.errors import ServiceUnavailable
from recordroom.sign_in.configuration import SIGN_OUT, base
from recordroom.sign_in.pages import page
from recordroom.web import forms

OUT = "You are signed out"


class SignOutView(BaseView):  # type: ignore[misc]  # which has no types
    """A view of its own: FAB lets five forms in 40 seconds through to its view of signing in, of all who come from one address."""

    route_base = "/sign-out"

    @csrf.exempt  # the form is the room's, and has the room's token
    @expose("/", methods=["GET", "POST"])
    def sign_out(self) -> Response:
        token = request.cookies.get(COOKIE_NAME_JWT_TOKEN, "")
        user = self.appbuilder.sm.get_user_by_id(current_user.id) if current_user.is_authenticated else _user_of(token)
        if user is not None and request.method == "POST" and not _is_ours(token):
            return page(403, "You are still signed in", "This was not sent from your present session: sign out in the room.")
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
        return Response(status=302, headers={"Location": f"{base()}{SIGN_OUT}"})


def without_token(response: Response) -> Response:
    """Without the token of whoever was signed in in this browser, and without what it kept of pictures and pages."""
    cookie: dict[str, Any] = {"path": get_cookie_path(), "secure": request.scheme == "https", "httponly": True}
    response.delete_cookie(COOKIE_NAME_JWT_TOKEN, **cookie)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _is_ours(token: str) -> bool:
    """As the room asks it of each of its forms."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.host}" and forms.is_of(request.form.get(forms.TOKEN), token)


def _user_of(token: str) -> Any:
    """Whoever has a token and no session of Flask's any more; None where it opens nothing."""
    try:
        return asyncio.run(get_auth_manager().get_user_from_token(token)) if token else None
    except InvalidTokenError:
        return None
