"""Addresses of sign-in: Airflow's, the provider's, and the page shown afterwards."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from airflow.api_fastapi.core_api.security import is_safe_url
from airflow.configuration import conf
from airflow.providers.fab.auth_manager.models import User

from recordroom.rights import Right

# its name in Airflow's addresses: people return to <base_url>/auth/oauth-authorized/agency
PROVIDER = "agency"
SIGN_OUT = "/auth/sign-out/"  # below Airflow's address


def return_address() -> str:
    """Return the address to which the provider sends people back; it must know it."""
    return f"{airflow_address()}/auth/oauth-authorized/{PROVIDER}"


def airflow_address() -> str:
    """Return Airflow's address as browsers see it, without a slash at its end."""
    return str(conf.get("api", "base_url", fallback="")).rstrip("/")


_NO_ADDRESS = re.compile(r"[\x00-\x20\\\x7f]")  # browsers differ in how they read these


def choose_landing_page(wanted: str, user: User) -> str:
    """Return the address of the page to show after signing in.

    wanted: the page that was requested; ignored unless it is one of Airflow's. A person who would see only
        refusals on Airflow's first page gets the records room instead.
    """
    if not wanted or not is_safe_url(wanted) or not _is_ours(wanted):
        wanted = ""
    address = urljoin(f"{airflow_address()}/", wanted)
    only_records = ("can_read", Right.ENTER.value) in user.perms and ("can_read", "DAGs") not in user.perms
    return (
        f"{airflow_address()}/records/"
        if only_records and address.rstrip("/") == airflow_address()
        else address
    )


def _is_ours(wanted: str) -> bool:
    """Whether the address is below Airflow's own.

    Airflow checks the address without its percent signs; the browser goes to the one that has them.
    """
    address, own = urlsplit(urljoin(f"{airflow_address()}/", wanted)), urlsplit(airflow_address())
    return not _NO_ADDRESS.search(wanted) and (address.scheme, address.netloc) == (own.scheme, own.netloc)
