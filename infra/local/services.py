"""The services beside Airflow: what its tasks need to be there."""

from __future__ import annotations

from infra.local.elasticsearch import Elasticsearch
from infra.local.place import Place
from infra.local.sandbox_server import Sandbox
from infra.local.seaweedfs import SeaweedFS
from infra.local.service import Service


def stores(place: Place) -> list[Service]:
    return [SeaweedFS(place), Elasticsearch(place), Sandbox(place)]
