"""Fill Airflow's database with the demonstration's users and connections.

There is one user a role. It is idempotent. `recordroom setup` has made pools and roles before, as in
production.
"""

from __future__ import annotations

from typing import Any

from infra.local.support.passwords import USERS, Passwords
from infra.local.support.place import Place


def main() -> None:
    _users(Passwords.load(Place.here().root))
    _connections()


def _connections() -> None:
    """Add the secrets of the demonstration's accounts, under the register's names."""
    from airflow.models import Connection
    from airflow.utils.session import create_session

    from infra.sandbox.faces.tiktok.entities import open_id
    from infra.sandbox.story import cast

    wanted = [
        Connection("district-site", "http", login=cast.USER, password=cast.WORDPRESS_SECRET),
        Connection("district-bluesky", "http", password=cast.SKY_SECRET),
        Connection("district-mastodon", "http", password=cast.MASTODON_SECRET),
        Connection("district-facebook", "http", password=cast.FACEBOOK_SECRET),
        Connection("district-linkedin", "http", password=cast.LINKEDIN_SECRET),
        Connection("district-vimeo", "http", password=cast.VIMEO_SECRET),
        Connection("district-instagram", "http", password=cast.INSTAGRAM_SECRET),
        Connection("district-youtube", "http", password=cast.YOUTUBE_SECRET),
        Connection("district-threads", "http", password=cast.THREADS_SECRET),
        Connection("district-x", "http", password=cast.X_BEARER),
        Connection(
            "district-tiktok", "http", login=open_id(cast.TIKTOK_DISTRICT), password=cast.TIKTOK_SECRET
        ),
    ]
    with create_session() as session:
        for connection in wanted:
            if not session.query(Connection).filter_by(conn_id=connection.conn_id).count():
                session.add(connection)


def _users(passwords: Passwords) -> None:
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        for user, password in passwords.users.items():
            _user(builder.sm, user, password)


def _user(security: Any, name: str, password: str) -> None:
    own = USERS.get(name, "Admin")
    roles = [security.find_role(role) for role in ((own, "Viewer") if own == "Ops" else (own,))]
    user = security.find_user(username=name)
    if user is None:
        security.add_user(
            name,
            name.replace("-", " ").title(),
            "(demonstration)",
            f"{name}@localhost",
            roles,
            password=password,
        )
    else:
        security.reset_password(user.id, password)


if __name__ == "__main__":
    main()
