"""A second bucket, with an endpoint and keys of its own, that receives anchors."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import ClassVar

from recordroom.archive import store
from recordroom.archive.store import Store
from recordroom.errors import NotDelivered, RecordroomError
from recordroom.settings import Settings

_REMEDY = (
    "Check RECORDROOM_ANCHOR_BUCKET and RECORDROOM_ANCHOR_S3_..., that the bucket exists, and that its"
    " keys may list, read, and put objects. Then run `recordroom anchor`."
)


@dataclass(slots=True)
class BucketDestination:
    """A bucket; each object is put once (If-None-Match)."""

    settings: Settings = field(repr=False)
    bucket: str
    is_copy: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"bucket {self.bucket}"

    def list_files(self) -> Set[str]:
        try:
            return set(self._open().keys("anchor-"))
        except RecordroomError as problem:
            raise NotDelivered("the bucket cannot be listed", _REMEDY, problem.full_message) from problem

    def put(self, files: Mapping[str, bytes]) -> bool:
        try:
            opened = self._open()
            return all(opened.put_new(name, data) for name, data in files.items())
        except RecordroomError as problem:
            words = f"{next(iter(files))} could not be put"
            raise NotDelivered(words, _REMEDY, problem.full_message) from problem

    def _open(self) -> Store:
        known = self.settings
        client = store.connect_to(
            known.anchor_s3_endpoint,
            known.anchor_s3_region,
            known.anchor_s3_access_key,
            known.anchor_s3_secret_key,
        )
        return Store(client, self.bucket, hold=False)
