"""The settings of single sign-on, checked when Airflow starts.

They become the settings of its Flask application.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import yaml
from flask_appbuilder.const import AUTH_DB, AUTH_OAUTH

from recordroom import settings
from recordroom.errors import SettingsError
from recordroom.sign_in.addresses import PROVIDER, airflow_address
from recordroom.sign_in.claims import normalize_group

T = TypeVar("T")
TIMEOUT = 20  # seconds that the provider has for a response
_HERE = ("127.0.0.1", "localhost", "::1")
_ANY_TENANT = ("", "common", "organizations", "consumers")


def flask_settings() -> dict[str, Any]:
    """Return what webserver_config.py must contain.

    SettingsError if single sign-on is requested and its settings do not allow it.
    """
    given = settings.load()
    common = {
        "WTF_CSRF_ENABLED": True,
        # this cookie is enough to get tokens; http is for one machine only
        "SESSION_COOKIE_SECURE": airflow_address().startswith("https:"),
        "SESSION_COOKIE_SAMESITE": "Lax",  # a person who returns from the provider by a link still has it
    }
    if given.sign_in_issuer is None:
        from recordroom.sign_in.passwords import PasswordSecurity

        return {**common, "AUTH_TYPE": AUTH_DB, "SECURITY_MANAGER_CLASS": PasswordSecurity}
    _check(given, given.sign_in_issuer)
    from recordroom.sign_in.security import SecurityManager

    return {
        **common,
        "AUTH_TYPE": AUTH_OAUTH,
        # no form and no default role: SecurityManager.admit makes users, with the roles of their groups
        "AUTH_USER_REGISTRATION": False,
        "AUTH_ROLES_MAPPING": read_roles(_require(given.sign_in_roles, "RECORDROOM_SIGN_IN_ROLES")),
        "SECURITY_MANAGER_CLASS": SecurityManager,
        "OAUTH_PROVIDERS": [
            {
                "name": PROVIDER,
                "icon": "",
                "token_key": "access_token",
                "remote_app": _client(given, given.sign_in_issuer),
            }
        ],
    }


def read_roles(path: Path) -> dict[str, list[str]]:
    """Read the roles of each group: group -> names of roles.

    SettingsError names the file, and the group whose roles are no list of names.
    """
    try:
        told = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise SettingsError(
            f"{path} cannot be read: {problem}", "RECORDROOM_SIGN_IN_ROLES names it."
        ) from problem
    if not isinstance(told, dict) or not told:
        raise SettingsError(
            f"{path} names no group",
            "Write one per line: group: [Role, Role]. Put quotes around a group that is a number.",
        )
    for group, names in told.items():
        if (
            not isinstance(group, str)
            or not isinstance(names, list)
            or not all(isinstance(name, str) and name for name in names)
        ):
            raise SettingsError(
                f"{path}: the roles of {group!r} cannot be read", 'Write: "group": [Role, Role]'
            )
    return {normalize_group(group): names for group, names in told.items()}


def _client(given: settings.Settings, issuer: str) -> dict[str, Any]:
    """Return the client's settings as authlib expects them.

    The discovery document has the rest.
    """
    secret = _secret(_require(given.sign_in_secret_file, "RECORDROOM_SIGN_IN_SECRET_FILE"))
    return {
        "client_id": _require(given.sign_in_client_id, "RECORDROOM_SIGN_IN_CLIENT_ID"),
        "client_secret": secret,
        "server_metadata_url": f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        "client_kwargs": {
            "scope": given.sign_in_scope,
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT,
        },
    }


def _secret(path: Path) -> str:
    try:
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(
            f"{path} cannot be read: {problem}", "RECORDROOM_SIGN_IN_SECRET_FILE names it."
        ) from problem
    if not secret:
        raise SettingsError(f"{path} is empty", "It must contain the client secret from the provider.")
    return secret


def _require(value: T | None, variable: str) -> T:
    if value is None:
        raise SettingsError(
            f"{variable} is not set", "Single sign-on needs it (RECORDROOM_SIGN_IN_ISSUER is set)."
        )
    return value


def _check(given: settings.Settings, issuer: str) -> None:
    """Refuse settings that would let strangers in, or lock all people out."""
    for name, address in (
        ("RECORDROOM_SIGN_IN_ISSUER", issuer),
        ("AIRFLOW__API__BASE_URL", airflow_address()),
    ):
        parts = urlsplit(address)
        if parts.scheme != "https" and parts.hostname not in _HERE:
            raise SettingsError(
                f"{name} is {address!r}",
                "Single sign-on needs an https address here, because it transmits tokens.",
            )
    host, path = urlsplit(issuer).hostname, urlsplit(issuer).path
    if host == "login.microsoftonline.com" and path.strip("/").split("/")[0] in _ANY_TENANT:
        raise SettingsError(
            f"{issuer} accepts accounts of any organization",
            "Name your tenant: https://login.microsoftonline.com/<tenant id>/v2.0",
        )
    if host == "accounts.google.com" and given.sign_in_domain is None:
        raise SettingsError(
            f"{issuer} accepts accounts of any organization",
            "Set RECORDROOM_SIGN_IN_DOMAIN to your agency's domain.",
        )
    if "openid" not in given.sign_in_scope.split():
        raise SettingsError(
            "RECORDROOM_SIGN_IN_SCOPE does not include openid",
            "Add it. Without it the provider sends no ID token.",
        )
