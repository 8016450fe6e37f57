"""The services that Airflow's tasks need."""

from __future__ import annotations

from infra.local.services.elasticsearch import Elasticsearch
from infra.local.services.sandbox_server import Sandbox
from infra.local.services.seaweedfs import SeaweedFS
from infra.local.services.service import Service
from infra.local.support.place import Place


def stores(place: Place) -> list[Service]:
    return [SeaweedFS(place), Elasticsearch(place), Sandbox(place)]
