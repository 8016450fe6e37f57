"""Settings: environment variables RECORDROOM_*, each documented once, here.

docs/reference/settings.md is generated from these descriptions. Settings that are not in the environment are
read from `.local/env`, which `make up` writes for the services of one machine. An unknown RECORDROOM_
variable is an error: a misspelled setting must not be silently without effect.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, FilePath, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from recordroom.errors import SettingsError

PREFIX = "RECORDROOM_"
ROOT = Path(__file__).resolve().parents[2]
# read by infra/local before this package exists
OTHERS = frozenset({"RECORDROOM_LOCAL", "RECORDROOM_CACHE", "RECORDROOM_PORT"})


_PORTS = {"http": 80, "https": 443}


def _check_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:  # not a port
        good = False
    if not good:
        raise ValueError("write http://host:port or https://host")
    return text


def _add_port(address: str) -> str:
    """Add the port, which Elasticsearch's client requires."""
    parts = urlsplit(address)
    return (
        address
        if parts.port
        else parts._replace(netloc=f"{parts.netloc.rstrip(':')}:{_PORTS[parts.scheme]}").geturl()
    )


Address = Annotated[str, AfterValidator(_check_address)]
Bucket = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:/_-]*$")]


class Settings(BaseSettings):
    """The settings of a process.

    `Settings()` raises pydantic's error; use `load()`, which names each setting and how to fix it.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    register_file: Path = Field(
        ROOT / "infra/accounts.yaml",
        alias="RECORDROOM_REGISTER",
        description="the register of official accounts",
    )
    retention_file: Path = Field(
        ROOT / "infra/retention.yaml",
        alias="RECORDROOM_RETENTION",
        description="the agency's retention file, which names its schedules and the reviews of their series",
    )
    bucket: Bucket = Field(description="bucket of the archive, with versioning and Object Lock")
    derived_bucket: Bucket = Field(
        description="bucket of derived data (Parquet, snapshots), which can be rebuilt"
    )
    s3_endpoint: Address | None = Field(
        None, description="address of an S3-compatible service; if unset, AWS"
    )
    s3_region: str = Field("us-east-1", description="region of the buckets")
    s3_access_key: SecretStr | None = Field(
        None, description="access key; if unset, from boto3's usual places"
    )
    s3_secret_key: SecretStr | None = Field(
        None, description="secret key; if unset, from boto3's usual places"
    )
    elasticsearch_url: Annotated[Address, AfterValidator(_add_port)] = Field(
        description="address of Elasticsearch 9"
    )
    elasticsearch_api_key: SecretStr | None = Field(
        None, description="API key of Elasticsearch; if unset, none is sent"
    )
    elasticsearch_ca: FilePath | None = Field(
        None, description="certificate authority for Elasticsearch's TLS; if unset, the system's"
    )
    index: str = Field(
        "recordroom", pattern=r"^[a-z0-9][a-z0-9._-]{0,199}$", description="alias of the search index"
    )
    search_seconds: int = Field(
        10,
        ge=1,
        description="seconds that one search may take; a longer one is stopped, and its results say so",
    )
    spool: Path = Field(
        ROOT / ".local/spool",
        description="local folder in which captures keep fetched data until the archive has it",
    )
    journal: Path = Field(
        ROOT / ".local/journal",
        description="local folder of audit events that the archive does not have yet, and of a copy of the "
        "quarantine",
    )
    exports: Path = Field(
        ROOT / ".local/exports",
        description="local folder in which exports ordered in the records room are made",
    )
    export_days: int | None = Field(
        None,
        ge=1,
        description="days after which the DAG `fixity` removes the file of a room's export. Unset: never, "
        "because a released file may be a record that the schedule retains",
    )
    request_hold_days: int = Field(
        365,
        ge=1,
        description="days after the letter that closed a records request, after which the room offers the "
        "release of its hold",
    )
    anchor_dir: Path | None = Field(None, description="folder outside the archive for a copy of each anchor")
    anchor_bucket: Bucket | None = Field(
        None, description="second bucket for a copy of each anchor, in another account"
    )
    anchor_s3_endpoint: Address | None = Field(
        None, description="address of the service of the second bucket; if unset, AWS"
    )
    anchor_s3_region: str = Field("us-east-1", description="region of the second bucket")
    anchor_s3_access_key: SecretStr | None = Field(
        None, description="access key of the second bucket; if unset, from boto3's usual places"
    )
    anchor_s3_secret_key: SecretStr | None = Field(
        None, description="secret key of the second bucket; if unset, from boto3's usual places"
    )
    anchor_email_to: str | None = Field(
        None, description="e-mail addresses, separated by commas, to which each anchor is sent"
    )
    anchor_email_from: str | None = Field(None, description="sender of these messages")
    smtp_host: str | None = Field(None, description="mail server that sends anchors")
    smtp_port: int = Field(587, ge=1, le=65535, description="port of the mail server")
    smtp_security: str = Field(
        "starttls",
        pattern="^(starttls|tls|none)$",
        description="`starttls`, `tls` from the beginning, or `none`; a password requires encryption",
    )
    smtp_user: str | None = Field(None, description="user at the mail server; if unset, no sign-in")
    smtp_password: SecretStr | None = Field(None, description="password at the mail server")
    timestamp_url: Address | None = Field(
        None, description="address of a time-stamping authority (RFC 3161) that stamps each anchor"
    )
    timestamp_ca: FilePath | None = Field(
        None,
        description="PEM file with the root certificates of that authority; if unset, the signatures of its"
        " stamps are not checked",
    )
    response_limit: int = Field(
        64 * 1024 * 1024,
        ge=1,
        description="largest API response in bytes; a larger one is an error (UnexpectedResponse)",
    )
    media_limit: int = Field(
        4 * 1024 * 1024 * 1024,
        ge=1,
        description="largest media file in bytes; a larger one is recorded as missing, with its size",
    )
    sign_in_issuer: Address | None = Field(
        None,
        description="issuer of the agency's OpenID Connect provider; if unset, people sign in with passwords "
        "of Airflow",
    )
    sign_in_client_id: str | None = Field(None, description="client ID from the provider")
    sign_in_secret_file: Path | None = Field(
        None, description="file that contains only the client secret from the provider"
    )
    sign_in_roles: Path | None = Field(
        None, description="file that gives roles to groups; infra/sign-in-roles.yaml is an example"
    )
    sign_in_claim: str = Field("groups", description="claim of the ID token that names a person's groups")
    sign_in_scope: str = Field(
        "openid profile email", description="scopes that are requested from the provider"
    )
    sign_in_domain: str | None = Field(
        None, description="for Google Workspace: the agency's domain; people of other domains are refused"
    )


@cache
def load() -> Settings:
    """Return the settings of this process.

    SettingsError names each missing, wrong, or unknown setting, and its purpose.
    """
    for name, value in _read_local_env().items():
        os.environ.setdefault(name, value)
    known = {_find_variable(name, field.alias) for name, field in Settings.model_fields.items()}
    unknown = sorted(v for v in os.environ if v.startswith(PREFIX) and v not in known | OTHERS)
    if unknown:
        raise SettingsError(
            f"unknown setting: {', '.join(unknown)}", f"Known settings: {', '.join(sorted(known))}."
        )
    try:
        return Settings()
    except ValidationError as problem:
        raise SettingsError(
            "; ".join(_describe_error(e) for e in problem.errors()),
            "Set it in the environment, or run `make up`.",
        ) from None


def _find_variable(name: str, alias: str | None) -> str:
    return alias or f"{PREFIX}{name.upper()}"


def _describe_error(error: object) -> str:
    """Describe one problem without the value, which may be a secret."""
    assert isinstance(error, dict)  # noqa: S101 (pydantic's own shape)
    name = str(error["loc"][0])
    field = Settings.model_fields.get(name)
    variable = name if name.startswith(PREFIX) else _find_variable(name, None)
    what = f" ({field.description})" if field else ""
    return (
        f"{variable}{what} is not set" if error["type"] == "missing" else f"{variable}{what}: {error['msg']}"
    )


def _read_local_env() -> dict[str, str]:
    """Return the KEY=value lines of `.local/env`; nothing if `make up` has not run."""
    path = Path(os.environ.get("RECORDROOM_LOCAL", ROOT / ".local")) / "env"
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def find_register() -> Path:
    """Return where the register is.

    It needs no other setting, so that a register can be checked before there are services.
    """
    return _find_file("register_file")


def find_retention_file() -> Path:
    """Return where the agency's retention file is, also without other settings."""
    return _find_file("retention_file")


def _find_file(name: str) -> Path:
    field = Settings.model_fields[name]
    variable = _find_variable(name, field.alias)
    return Path(os.environ.get(variable) or _read_local_env().get(variable) or field.default)
