"""Settings that would admit strangers, or no one, stop Airflow with the name of the setting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask_appbuilder.const import AUTH_DB, AUTH_OAUTH

from infra.local.support.place import REPOSITORY
from recordroom import settings
from recordroom.errors import SettingsError
from recordroom.rights import ROLES
from recordroom.sign_in import addresses, configuration
from recordroom.sign_in.configuration import flask_settings

ENTRA = "https://login.microsoftonline.com/9122040d-6c67-4c5b-b112-36a304b66dad/v2.0"
Given = Callable[..., dict[str, Any]]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Given]:
    """Return Airflow's configuration with good settings, except those that a test names (None: unset)."""
    (tmp_path / "secret").write_text("the secret\n")
    (tmp_path / "roles.yaml").write_text("g-records: [RecordsOfficer]\nMary@Agency.example: [Legal]\n")
    good = {
        "ISSUER": ENTRA,
        "CLIENT_ID": "client",
        "SECRET_FILE": str(tmp_path / "secret"),
        "ROLES": str(tmp_path / "roles.yaml"),
    }

    def told(base: str = "https://records.agency.example", **changed: str | None) -> dict[str, Any]:
        for name, value in {
            "BUCKET": "a",
            "DERIVED_BUCKET": "d",
            "ELASTICSEARCH_URL": "http://127.0.0.1:9200",
        }.items():
            monkeypatch.setenv(f"RECORDROOM_{name}", value)
        for name, chosen in (good | changed).items():
            monkeypatch.setenv(f"RECORDROOM_SIGN_IN_{name}", chosen or "")
        for module in (addresses, configuration):
            monkeypatch.setattr(module, "airflow_address", lambda: base)
        settings.load.cache_clear()
        return flask_settings()

    yield told
    settings.load.cache_clear()


def test_without_a_provider_airflow_keeps_passwords(given: Given) -> None:
    assert given(ISSUER=None)["AUTH_TYPE"] == AUTH_DB


@pytest.mark.parametrize("issuer", [None, ENTRA])
@pytest.mark.parametrize(
    ("base", "secure"), [("https://records.agency.example", True), ("http://127.0.0.1:8080", False)]
)
def test_the_cookie_of_the_session_travels_over_https_alone(
    given: Given, issuer: str | None, base: str, secure: bool
) -> None:
    """This applies to every form of sign-in, except `make up` on one machine, which has no https."""
    told = given(base, ISSUER=issuer)
    assert (told["SESSION_COOKIE_SECURE"], told["SESSION_COOKIE_SAMESITE"]) == (secure, "Lax")


def test_a_provider_is_found_by_its_issuer(given: Given) -> None:
    told = given()
    [provider] = told["OAUTH_PROVIDERS"]
    assert told["AUTH_TYPE"] == AUTH_OAUTH
    assert told["AUTH_USER_REGISTRATION"] is False
    assert told["SESSION_COOKIE_SECURE"] is True
    assert told["AUTH_ROLES_MAPPING"] == {"g-records": ["RecordsOfficer"], "mary@agency.example": ["Legal"]}
    assert provider["remote_app"]["server_metadata_url"] == f"{ENTRA}/.well-known/openid-configuration"
    assert provider["remote_app"]["client_secret"] == "the secret"
    assert provider["remote_app"]["client_kwargs"]["code_challenge_method"] == "S256"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"CLIENT_ID": None}, "RECORDROOM_SIGN_IN_CLIENT_ID is not set"),
        ({"SECRET_FILE": None}, "RECORDROOM_SIGN_IN_SECRET_FILE is not set"),
        ({"SECRET_FILE": "/nowhere/secret"}, "/nowhere/secret cannot be read"),
        ({"SECRET_FILE": "/dev/null"}, "/dev/null is empty"),
        ({"ROLES": None}, "RECORDROOM_SIGN_IN_ROLES is not set"),
        ({"ROLES": "/dev/null"}, "/dev/null names no group"),
        ({"ISSUER": "http://login.agency.example"}, "needs an https address"),
        ({"base": "http://records.agency.example"}, "AIRFLOW__API__BASE_URL is"),
        ({"base": ""}, "AIRFLOW__API__BASE_URL is"),
        ({"ISSUER": "https://login.microsoftonline.com/common/v2.0"}, "accounts of any organization"),
        ({"ISSUER": "https://login.microsoftonline.com/organizations/v2.0"}, "accounts of any organization"),
        ({"ISSUER": "https://login.microsoftonline.com"}, "accounts of any organization"),
        ({"ISSUER": "https://accounts.google.com"}, "accounts of any organization"),
        ({"SCOPE": "profile email"}, "does not include openid"),
    ],
)
def test_what_cannot_be_is_named(given: Given, changed: dict[str, str | None], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        given(**changed)


@pytest.mark.parametrize("text", ["- g", "g: RecordsOfficer", "7: [Legal]", "g: [7]", "g: [", "g: ['']"])
def test_a_file_of_roles_that_cannot_be_read_is_named(given: Given, tmp_path: Path, text: str) -> None:
    (tmp_path / "other.yaml").write_text(text)
    with pytest.raises(SettingsError, match=r"other\.yaml"):
        given(ROLES=str(tmp_path / "other.yaml"))


def test_the_example_of_roles_is_one() -> None:
    path = REPOSITORY / "infra/sign-in-roles.yaml"
    assert {role for roles in configuration.read_roles(path).values() for role in roles} == {
        *ROLES,
        "Viewer",
        "Admin",
    }
    assert len(yaml.safe_load(path.read_text())) == len(ROLES) + 1
