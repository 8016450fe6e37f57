"""A person with a keyboard on the real AT Protocol network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.services import BlueskyNetwork

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


@dataclass
class Writer:
    """Writes to the PDS of the real network as one of its users."""

    network: BlueskyNetwork
    handle: str

    def __post_init__(self) -> None:
        self.user = self.network.users[self.handle]
        self.http = httpx.Client(base_url=f"{self.network.pds}/xrpc/", timeout=120, trust_env=False)
        session = self.call(
            "com.atproto.server.createSession", identifier=self.handle, password=self.user.password
        )
        self.http.headers["Authorization"] = f"Bearer {session['accessJwt']}"

    def call(self, method: str, **body: Any) -> dict[str, Any]:
        return dict(self.http.post(method, json=body).raise_for_status().json())

    def post(
        self, text: str, parent: dict[str, str] | None = None, root: dict[str, str] | None = None, **more: Any
    ) -> dict[str, str]:
        record = {
            "$type": "app.bsky.feed.post",
            "text": text,
            "createdAt": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            **more,
        }
        if parent:
            record["reply"] = {"root": root or parent, "parent": parent}
        return self.create("app.bsky.feed.post", record)

    def create(self, collection: str, record: dict[str, Any], rkey: str | None = None) -> dict[str, str]:
        key = {"rkey": rkey} if rkey else {}
        made = self.call(
            "com.atproto.repo.createRecord", repo=self.user.did, collection=collection, record=record, **key
        )
        return {"uri": made["uri"], "cid": made["cid"]}

    def put(self, ref: dict[str, str], record: dict[str, Any]) -> None:
        collection, rkey = ref["uri"].split("/")[-2:]
        self.call(
            "com.atproto.repo.putRecord", repo=self.user.did, collection=collection, rkey=rkey, record=record
        )

    def delete(self, ref: dict[str, str]) -> None:
        collection, rkey = ref["uri"].split("/")[-2:]
        self.call("com.atproto.repo.deleteRecord", repo=self.user.did, collection=collection, rkey=rkey)

    def upload(self, data: bytes, mime: str) -> dict[str, Any]:
        answer = self.http.post(
            "com.atproto.repo.uploadBlob", content=data, headers={"Content-Type": mime}
        ).raise_for_status()
        return dict(answer.json()["blob"])

    def get(self, ref: dict[str, str]) -> dict[str, Any]:
        repo, collection, rkey = ref["uri"].removeprefix("at://").split("/")
        address = {"repo": repo, "collection": collection, "rkey": rkey}
        return dict(
            self.http.get("com.atproto.repo.getRecord", params=address).raise_for_status().json()["value"]
        )
