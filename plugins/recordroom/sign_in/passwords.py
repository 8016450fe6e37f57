"""Sign-in with Airflow's own passwords, where there is no single sign-on: FAB's page, and then the page that was asked for."""

from __future__ import annotations

from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
from flask import g, request
from flask_appbuilder import expose
from flask_appbuilder.security.views import AuthDBView
from werkzeug import Response

from recordroom.sign_in.configuration import base
from recordroom.sign_in.goal import goal


class PasswordView(AuthDBView):  # type: ignore[misc]  # which has no types
    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> str | Response:
        """FAB's leads everybody to Airflow's first page, and those too who asked for another while their session was alive."""
        answer: str | Response = super().login()
        if isinstance(answer, Response) and answer.status_code == 302 and g.user.is_authenticated and base():
            answer.headers["Location"] = goal(request.args.get("next", ""), g.user)
        return answer


class PasswordSecurity(FabAirflowSecurityManagerOverride):
    authdbview = PasswordView
