"""An account's secrets, from its Airflow connection and from nowhere else: environment, secrets backend or Airflow's database."""

from __future__ import annotations

import os

from recordroom.accounts import Account
from recordroom.errors import TokenExpired
from recordroom.platforms import Platform


def resolve(account: Account, platform: Platform) -> dict[str, str]:
    """Values by the names in `platform.secrets`; empty for an account without a connection (anonymous).

    `user` = the connection's login, `token` or `password` = its password, any other name = a key of its extra. TokenExpired where
    the connection does not exist or lacks a value: a person has to act.
    """
    if account.connection is None or not platform.secrets:
        return {}
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")  # else only connections of the environment are found
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = Connection.get(account.connection)
    except AirflowNotFoundException:
        raise TokenExpired(
            f"there is no Airflow connection {account.connection!r}", f"Add it for account {account.id} (docs/platforms)."
        ) from None
    except ValueError as problem:
        raise TokenExpired(f"the Airflow connection {account.connection!r} cannot be read", "Save it again in Airflow.") from problem
    places = {"user": found.login, "token": found.password, "password": found.password}
    values = {name: places.get(name, found.extra_dejson.get(name)) for name in platform.secrets}
    lacking = [name for name, value in values.items() if not value]
    if lacking:
        words = f"the Airflow connection {account.connection!r} lacks {', '.join(lacking)}"
        raise TokenExpired(words, f"Fill it in for account {account.id} (docs/platforms).")
    return {name: str(value) for name, value in values.items()}
