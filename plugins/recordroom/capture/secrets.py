"""An account's secrets, from its Airflow connection and from nowhere else: environment, secrets backend or Airflow's database."""

from __future__ import annotations

import os

from recordroom.errors import TokenExpired
from recordroom.platforms import Platform
from recordroom.platforms.oauth import APP
from recordroom.register.models import Account


def resolve(account: Account, platform: Platform) -> dict[str, str]:
    """What the connection gives of all that the platform knows by name; empty for an account without a connection (anonymous).

    `user` = the connection's login, `token` or `password` = its password, any other name = a key of its extra. TokenExpired where
    the connection does not exist: a person has to act.
    """
    if account.connection is None or not platform.secrets:
        return {}
    needs = platform.renewal.needs if platform.renewal else ()
    consents = (*APP, *([chosen] if (chosen := platform.consent.chosen) else ())) if platform.consent else ()
    return _found(account.connection, account.id, (*platform.secrets, *needs, *consents))


def _found(connection: str, account: str, names: tuple[str, ...]) -> dict[str, str]:
    ask_all_backends()
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = Connection.get(connection)
    except AirflowNotFoundException:
        raise TokenExpired(f"there is no Airflow connection {connection!r}", f"Add it for account {account} (docs/platforms).") from None
    except ValueError as problem:
        raise TokenExpired(f"the Airflow connection {connection!r} cannot be read", "Save it again in Airflow.") from problem
    places = {"user": found.login, "token": found.password, "password": found.password}
    values = {name: places.get(name, found.extra_dejson.get(name)) for name in names}
    return {name: str(value) for name, value in values.items() if value}


def ask_all_backends() -> None:
    """Outside a task, Airflow asks its environment alone for connections and Variables, unless it is told so before its import."""
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
