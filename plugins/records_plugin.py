"""The only plugin of Airflow: the records room at /records/, and its entry in the navigation."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from recordroom.web.app import create


class RecordsPlugin(AirflowPlugin):
    name = "records"
    fastapi_apps = [{"app": create(), "url_prefix": "/records", "name": "Records"}]  # noqa: RUF012 (as Airflow declares it)
    external_views = [  # noqa: RUF012
        {"name": "Records", "href": "/records/", "destination": "nav", "url_route": "records", "nav_top_level": True}
    ]
