"""Where somebody comes to who has signed in."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from airflow.api_fastapi.core_api.security import is_safe_url
from airflow.providers.fab.auth_manager.models import User

from recordroom.airflow_setup import Right
from recordroom.sign_in.configuration import base

_NO_ADDRESS = re.compile(r"[\x00-\x20\\\x7f]")  # browsers read these in their own ways


def goal(wanted: str, user: User) -> str:
    """The page that was asked for, if it is Airflow's; who would see nothing but refusals on Airflow's first page comes to the room."""
    if not wanted or not is_safe_url(wanted) or not _is_ours(wanted):
        wanted = ""
    address = urljoin(f"{base()}/", wanted)
    only_records = ("can_read", Right.ENTER.value) in user.perms and ("can_read", "DAGs") not in user.perms
    return f"{base()}/records/" if only_records and address.rstrip("/") == base() else address


def _is_ours(wanted: str) -> bool:
    """Airflow judges the address without its percent signs; the browser goes to the one that has them."""
    address, own = urlsplit(urljoin(f"{base()}/", wanted)), urlsplit(base())
    return not _NO_ADDRESS.search(wanted) and (address.scheme, address.netloc) == (own.scheme, own.netloc)
