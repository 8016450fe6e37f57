"""Addresses of sign-in: that of Airflow, those of the provider, and where a person goes after signing in."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from airflow.api_fastapi.core_api.security import is_safe_url
from airflow.configuration import conf
from airflow.providers.fab.auth_manager.models import User

from recordroom.rights import Right

PROVIDER = "agency"  # its name in Airflow's addresses: the provider sends people back to <base_url>/auth/oauth-authorized/agency
SIGN_OUT = "/auth/sign-out/"  # below Airflow's address


def return_address() -> str:
    """Where the provider sends people back to; it has to know this address."""
    return f"{airflow_address()}/auth/oauth-authorized/{PROVIDER}"


def airflow_address() -> str:
    """The address of Airflow as browsers see it, without a slash at its end."""
    return str(conf.get("api", "base_url", fallback="")).rstrip("/")


_NO_ADDRESS = re.compile(r"[\x00-\x20\\\x7f]")  # browsers read these in their own ways


def goal(wanted: str, user: User) -> str:
    """The page that was asked for, if it is Airflow's; who would see nothing but refusals on Airflow's first page comes to the room."""
    if not wanted or not is_safe_url(wanted) or not _is_ours(wanted):
        wanted = ""
    address = urljoin(f"{airflow_address()}/", wanted)
    only_records = ("can_read", Right.ENTER.value) in user.perms and ("can_read", "DAGs") not in user.perms
    return f"{airflow_address()}/records/" if only_records and address.rstrip("/") == airflow_address() else address


def _is_ours(wanted: str) -> bool:
    """Airflow judges the address without its percent signs; the browser goes to the one that has them."""
    address, own = urlsplit(urljoin(f"{airflow_address()}/", wanted)), urlsplit(airflow_address())
    return not _NO_ADDRESS.search(wanted) and (address.scheme, address.netloc) == (own.scheme, own.netloc)
