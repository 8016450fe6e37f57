"""Requests to a platform of Meta: addresses have a version, and errors have a code."""

from typing import Any

import httpx


class Client:
    version = "v26.0"

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def __call__(self, path: str, **parameters: Any) -> Any:
        return self.http.get(f"/{self.version}/{path}", params=parameters).json()

    def error(self, path: str, **parameters: Any) -> tuple[int, int, int]:
        """Return HTTP status, code, and subcode."""
        answer = self.http.get(f"/{self.version}/{path}", params=parameters)
        told = answer.json()["error"]
        return answer.status_code, told["code"], told.get("error_subcode", 0)

    def texts(self, path: str, **parameters: Any) -> list[str]:
        return [one["text"] for one in self(path, **parameters)["data"]]
