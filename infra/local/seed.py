"""Fills Airflow's database: roles, one user a role, a pool a platform, the demonstration's connections. Idempotent.

Ops sees DAGs and runs (Viewer) besides its own role. Everyone else has only the menu entry of the room (can_read on Plugins) and the
room's own resource, so that a records officer is not shown Airflow's machinery.
"""

from __future__ import annotations

from typing import Any

from infra.local.passwords import ROLES, Passwords
from infra.local.place import Place

PERMISSIONS = (("can_read", "Plugins"), ("menu_access", "Plugins"), ("can_read", "Records"), ("menu_access", "Records"))


POOL_SLOTS = 2  # captures of one platform that run at once


def main() -> None:
    _roles_and_users(Passwords.load(Place.here().root))
    _pools()
    _connections()


def _pools() -> None:
    from airflow.models.pool import Pool

    from recordroom.platforms import names

    known = {pool.pool for pool in Pool.get_pools()}
    for platform in names():
        if platform not in known:  # an operator's own size is kept
            Pool.create_or_update_pool(platform, POOL_SLOTS, f"captures of {platform} that run at once", include_deferred=False)


def _connections() -> None:
    """The demonstration accounts' secrets, under the names that its register gives."""
    from airflow.models import Connection
    from airflow.utils.session import create_session

    from infra.local.sandbox.story import cast

    wanted = [
        Connection("district-site", "http", login=cast.USER, password=cast.WORDPRESS_SECRET),
        Connection("district-mastodon", "http", password=cast.MASTODON_SECRET),
    ]
    with create_session() as session:
        for connection in wanted:
            if not session.query(Connection).filter_by(conn_id=connection.conn_id).count():
                session.add(connection)


def _roles_and_users(passwords: Passwords) -> None:
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        security: Any = builder.sm
        security.sync_roles()
        for role_name in ROLES.values():
            role = security.find_role(role_name) or security.add_role(role_name)
            for action, resource in PERMISSIONS:
                security.add_permission_to_role(role, security.create_permission(action, resource))
        for user, password in passwords.users.items():
            _user(security, user, password)


def _user(security: Any, name: str, password: str) -> None:
    own = ROLES.get(name, "Admin")
    roles = [security.find_role(role) for role in ((own, "Viewer") if own == "Ops" else (own,))]
    user = security.find_user(username=name)
    if user is None:
        security.add_user(name, name.replace("-", " ").title(), "(demonstration)", f"{name}@localhost", roles, password=password)
    else:
        security.reset_password(user.id, password)


if __name__ == "__main__":
    main()
