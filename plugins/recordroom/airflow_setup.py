"""The pools and roles that Airflow's own database must have.

`recordroom setup` makes one pool for each platform, and the roles. If a pool is missing, tasks wait forever
and block every later run of their DAG. Existing pools and roles keep what an administrator has set: the size
of a pool, further permissions of a role.

People with Ops also have Airflow's Viewer, so that they see DAGs and runs. Every other role has only the menu
entry of the records room (can_read on Plugins) and its rights there: a records officer does not see Airflow's
own pages.
"""

from __future__ import annotations

import os
from typing import Any

from recordroom.errors import ServiceUnavailable, SettingsError
from recordroom.platforms.registry import list_names
from recordroom.rights import ROLES

POOL_SLOTS = 2  # captures of one platform that run at once
MANAGER = "recordroom.sign_in.manager.AuthManager"  # not imported: sign_in is a higher layer
_FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
_DOORWAY = (("can_read", "Plugins"), ("menu_access", "Plugins"), ("menu_access", "Records"))


def is_configured() -> bool:
    """Return whether this process has Airflow's settings.

    Without any, Airflow would make a database of its own in the home folder.
    """
    return any(name == "AIRFLOW_HOME" or name.startswith("AIRFLOW__") for name in os.environ)


def create_pools_and_roles() -> tuple[list[str], list[str]]:
    """Create missing pools and roles and return their names.

    ServiceUnavailable if Airflow's database cannot be reached or has no tables yet; SettingsError if its auth
    manager cannot have our roles.
    """
    from sqlalchemy.exc import DBAPIError

    try:
        return _create_pools(), _create_roles()
    except DBAPIError as problem:
        mend = (
            "`airflow db migrate` makes its tables; then `recordroom setup`, where "
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN names it."
        )
        raise ServiceUnavailable(f"Airflow's database cannot be used: {problem.orig}", mend) from problem


def _create_pools() -> list[str]:
    from airflow.models.pool import Pool

    known = {pool.pool for pool in Pool.get_pools()}
    lacking = [platform for platform in list_names() if platform not in known]
    for platform in lacking:
        Pool.create_or_update_pool(
            platform, POOL_SLOTS, f"captures of {platform} that run at once", include_deferred=False
        )
    return lacking


def _create_roles() -> list[str]:
    from airflow.configuration import conf

    if (manager := conf.get("core", "auth_manager")) not in (MANAGER, _FAB):
        mend = (
            f"Set AIRFLOW__CORE__AUTH_MANAGER={MANAGER}, run `airflow db migrate`, then `recordroom setup` "
            "again."
        )
        raise SettingsError(
            f"Airflow's auth manager is {manager}, which cannot hold recordroom's roles", mend
        )
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        security: Any = builder.sm
        lacking = [name for name in ROLES if security.find_role(name) is None]
        for name, rights in ROLES.items():
            role = security.find_role(name) or security.add_role(name)
            for action, resource in (*_DOORWAY, *(("can_read", right.value) for right in rights)):
                security.add_permission_to_role(role, security.create_permission(action, resource))
        return lacking
