"""The only plugin of Airflow: the records room, its navigation entry, and a guard for all pages.

The room is at /records/.
"""

from __future__ import annotations

import sys
from typing import Any

from airflow.plugins_manager import AirflowPlugin

# Airflow loads plugins in the process of each task too. To build the room takes a second there. Airflow
# recognizes these processes in the same way (airflow.sdk.execution_time.supervisor).
IS_TASK = hasattr(sys.modules.get("airflow.sdk.execution_time.task_runner"), "SUPERVISOR_COMMS")


def make_apps() -> list[dict[str, Any]]:
    from recordroom.web.app import create_app

    return [{"app": create_app(), "url_prefix": "/records", "name": "Records"}]


def list_middleware() -> list[dict[str, Any]]:
    from recordroom.web.airflow_guard import AirflowGuard

    return [{"middleware": AirflowGuard, "name": "Guard"}]


class RecordsPlugin(AirflowPlugin):
    name = "records"
    fastapi_apps = [] if IS_TASK else make_apps()
    fastapi_root_middlewares = [] if IS_TASK else list_middleware()
    external_views = [  # noqa: RUF012 (as Airflow declares it)
        {
            "name": "Records",
            "href": "/records/",
            "destination": "nav",
            "url_route": "records",
            "nav_top_level": True,
        }
    ]
