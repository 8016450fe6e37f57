"""Sign-in with Airflow's own passwords, where there is no single sign-on: FAB's page, and then the page that was asked for."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g, request
from flask_appbuilder import expose
from flask_appbuilder.security.views import AuthDBView
from werkzeug import Response

from recordroom.errors import ServiceUnavailable
from recordroom.sign_in.addresses import airflow_address, goal
from recordroom.sign_in.security import Witness
from recordroom.sign_in.views import NoOtherWayOut, page, room_name

_PAGE = """{% extends "appbuilder/general/security/login_db.html" %}{% block page_title %}Sign in - {{ title }}{% endblock %}"""


class PasswordView(NoOtherWayOut, AuthDBView):  # type: ignore[misc]  # which has no types
    def render_template(self, template: str, **values: Any) -> str:  # noqa: ARG002 (as FAB calls it)
        """FAB's page, with the names of the agency and of the room where FAB says "Sign In"."""
        named: str = super().render_template(
            current_app.jinja_env.from_string(_PAGE), **values | {"title": room_name()}
        )
        return named

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> str | Response:
        """FAB's leads everybody to Airflow's first page, also those who asked for another while their session was alive, or mistyped."""
        try:
            answer: str | Response = super().login()
        except ServiceUnavailable as problem:
            return page(503, problem.message, problem.mend)
        if (
            isinstance(answer, Response)
            and answer.status_code == 302
            and g.user.is_authenticated
            and airflow_address()
        ):
            answer.headers["Location"] = goal(request.args.get("next", ""), g.user)
        elif isinstance(answer, Response) and answer.status_code == 302 and not g.user.is_authenticated:
            answer.headers["Location"] = (
                urlsplit(answer.headers["Location"])._replace(query=request.query_string.decode()).geturl()
            )
        return answer


class PasswordSecurity(Witness):
    authdbview = PasswordView
