"""Sign-in with Airflow's own passwords, without single sign-on.

FAB's page comes first, and then the page that was requested.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g, request
from flask_appbuilder import expose
from flask_appbuilder.security.views import AuthDBView
from werkzeug import Response

from recordroom.errors import ServiceUnavailable
from recordroom.sign_in.addresses import airflow_address, choose_landing_page
from recordroom.sign_in.security import AuditedSecurityManager
from recordroom.sign_in.views import SafeLogout, render_page, room_name

_PAGE = (
    '{% extends "appbuilder/general/security/login_db.html" %}'
    "{% block page_title %}Sign in - {{ title }}{% endblock %}"
)


class PasswordView(SafeLogout, AuthDBView):  # type: ignore[misc]  # FAB has no types
    """FAB's sign-in page with the agency's title; it leads to the requested page."""

    def render_template(self, template: str, **values: Any) -> str:  # noqa: ARG002 (as FAB calls it)
        """Render FAB's page with the agency's and the room's name for "Sign In"."""
        named: str = super().render_template(
            current_app.jinja_env.from_string(_PAGE), **values | {"title": room_name()}
        )
        return named

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> str | Response:
        """Show the form, or sign in and go on to the page that was requested.

        FAB's own leads everyone to Airflow's first page, even after a mistyped password or an expired
        session.
        """
        try:
            answer: str | Response = super().login()
        except ServiceUnavailable as problem:
            return render_page(503, problem.message, problem.mend)
        if (
            isinstance(answer, Response)
            and answer.status_code == 302
            and g.user.is_authenticated
            and airflow_address()
        ):
            answer.headers["Location"] = choose_landing_page(request.args.get("next", ""), g.user)
        elif isinstance(answer, Response) and answer.status_code == 302 and not g.user.is_authenticated:
            answer.headers["Location"] = (
                urlsplit(answer.headers["Location"])._replace(query=request.query_string.decode()).geturl()
            )
        return answer


class PasswordSecurity(AuditedSecurityManager):
    """FAB's security manager with this page."""

    authdbview = PasswordView
