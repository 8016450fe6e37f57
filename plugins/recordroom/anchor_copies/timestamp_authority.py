"""A time-stamping authority (RFC 3161) that signs the hash of each anchor.

It keeps no copy. The archive keeps its response in the ledger `timestamp`, and `delivery` sends it to every
destination next to the anchor.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import ClassVar

import httpx

from recordroom.archive import anchor, timestamp
from recordroom.archive.store import Store
from recordroom.archive.timestamp import Stamp, WrongStamp
from recordroom.canonical import sha256
from recordroom.errors import ArchiveError, NotDelivered, SettingsError
from recordroom.settings import Settings

TIMEOUT = 60  # seconds
_REMEDY = "Check RECORDROOM_TIMESTAMP_URL and RECORDROOM_TIMESTAMP_CA, and run `recordroom anchor`."


@dataclass(slots=True)
class TimestampAuthority:
    """An authority, as the destination of an anchor's hash."""

    archive: Store
    settings: Settings = field(repr=False)
    url: str = field(repr=False)
    is_copy: ClassVar[bool] = False

    @property
    def name(self) -> str:
        return f"time-stamping authority {self.address}"

    @property
    def address(self) -> str:
        """The URL without a user, a password, and a query with a key, which must not be stored."""
        return str(httpx.URL(self.url).copy_with(userinfo=b"", query=None, fragment=None))

    def list_files(self) -> Set[str]:
        numbers = [one.anchor for one in self._list_stamps()]
        return {*map(anchor.file_name, numbers), *map(timestamp.file_name, numbers)}

    def put(self, files: Mapping[str, bytes]) -> bool:
        for name, data in files.items():
            if not name.endswith(".json"):
                continue
            number, digest = anchor.number_of(name), sha256(data)
            known = next((one for one in self._list_stamps() if one.anchor == number), None)
            if known is not None:
                return known.sha256 == digest
            timestamp.append(self.archive, self._request(number, data, digest))
        return True

    def _list_stamps(self) -> list[Stamp]:
        try:
            stamps = timestamp.read_stamps(self.archive)
        except (ArchiveError, KeyError, TypeError, ValueError) as problem:
            raise NotDelivered(
                "the ledger of time stamps is damaged", "Run `recordroom verify`.", str(problem)
            ) from problem
        return [one for one in stamps if one.authority == self.address]

    def _request(self, number: int, data: bytes, digest: str) -> Stamp:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

        known = httpx.URL(self.url)
        request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
        try:
            answer = httpx.post(
                known.copy_with(userinfo=b""),
                auth=(known.username, known.password) if known.userinfo else None,
                content=request.as_bytes(),
                headers={"Content-Type": "application/timestamp-query"},
                timeout=TIMEOUT,
            ).raise_for_status()
            roots = timestamp.read_certificates(self.settings.timestamp_ca)
            found = timestamp.read_response(answer.content, digest, roots)
        except httpx.HTTPStatusError as problem:  # its text has the complete URL
            why = f"the response has the status {problem.response.status_code}"
            raise NotDelivered(f"anchor {number} was not stamped", _REMEDY, why) from None
        except (httpx.HTTPError, WrongStamp, SettingsError) as problem:
            raise NotDelivered(f"anchor {number} was not stamped", _REMEDY, str(problem)) from problem
        if found.tst_info.nonce != request.nonce:
            raise NotDelivered(
                f"anchor {number} was not stamped", _REMEDY, "the response is of another request"
            )
        return Stamp(number, digest, self.address, found.tst_info.gen_time, answer.content)
