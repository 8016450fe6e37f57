"""Passwords and keys of the local set-up, made once.

They are in one ignored file that only its owner can read.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field

from recordroom.rights import ROLES

# records-officer has the role RecordsOfficer
USERS = {re.sub("(?<=[a-z])(?=[A-Z])", "-", role).lower(): role for role in ROLES}


def _token() -> str:
    return secrets.token_hex(16)


def _fernet() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def _users() -> dict[str, str]:
    return {name: secrets.token_urlsafe(9) for name in ("admin", *USERS)}


class Passwords(BaseModel):
    """The passwords and keys of one place."""

    # Airflow's sign-ins, one a role; the others are keys between the services
    users: dict[str, str] = Field(default_factory=_users)
    s3_access_key: str = Field(default_factory=lambda: "AK" + secrets.token_hex(8).upper())
    s3_secret_key: str = Field(default_factory=_token)
    seaweedfs_jwt: str = Field(default_factory=_token)
    airflow_jwt: str = Field(default_factory=_token)
    airflow_session: str = Field(default_factory=_token)
    airflow_fernet: str = Field(default_factory=_fernet)

    @classmethod
    def load(cls, root: Path) -> Self:
        """Return those of this place; the first call makes them.

        A key that a later version needs is added.
        """
        path = root / "passwords.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        passwords = cls(**kept)
        if passwords.model_dump() != kept:
            write_private(path, passwords.model_dump_json(indent=2) + "\n")
        return passwords


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; it has mode 600 before its first byte is written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    fresh.replace(path)
