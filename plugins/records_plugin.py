"""The only plugin of Airflow: the records room, its navigation entry, and a guard for all pages.

The room is at /records/.
"""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from recordroom.web.airflow_guard import AirflowGuard
from recordroom.web.app import create_app


class RecordsPlugin(AirflowPlugin):
    name = "records"
    fastapi_apps = [{"app": create_app(), "url_prefix": "/records", "name": "Records"}]  # noqa: RUF012 (as Airflow declares it)
    fastapi_root_middlewares = [{"middleware": AirflowGuard, "name": "Guard"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Records",
            "href": "/records/",
            "destination": "nav",
            "url_route": "records",
            "nav_top_level": True,
        }
    ]
