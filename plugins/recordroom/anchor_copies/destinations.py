"""The destinations outside the archive that the settings name."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import ClassVar, Protocol

from recordroom.anchor_copies.bucket import BucketDestination
from recordroom.anchor_copies.folder import FolderDestination
from recordroom.anchor_copies.mail import EmailDestination
from recordroom.anchor_copies.timestamp_authority import TimestampAuthority
from recordroom.archive.store import Store
from recordroom.settings import Settings

VARIABLES = "RECORDROOM_ANCHOR_DIR, RECORDROOM_ANCHOR_BUCKET, or RECORDROOM_ANCHOR_EMAIL_TO"


class Destination(Protocol):
    """A place outside the archive that receives anchors.

    Both methods raise NotDelivered.
    """

    is_copy: ClassVar[bool]  # whether the destination keeps what it receives

    @property
    def name(self) -> str:
        """Which destination it is, for people and in the object that `delivery` keeps."""

    def list_files(self) -> Set[str] | None:
        """Return the names of the files that it has; None if it cannot be listed."""

    def put(self, files: Mapping[str, bytes]) -> bool:
        """Put an anchor once, with its time stamp if there is one.

        files: name -> bytes. Returns False if a file of one of these names has other bytes.
        """


def make_destinations(archive: Store, settings: Settings) -> list[Destination]:
    """Return every destination that is set: one for each recipient of e-mail.

    The authority is the first, so that the others receive its stamps.
    """
    found: list[Destination] = []
    if settings.timestamp_url is not None:
        found.append(TimestampAuthority(archive, settings, settings.timestamp_url))
    if settings.anchor_dir is not None:
        found.append(FolderDestination(settings.anchor_dir))
    if settings.anchor_bucket is not None:
        found.append(BucketDestination(settings, settings.anchor_bucket))
    addresses = (address.strip() for address in (settings.anchor_email_to or "").split(","))
    found.extend(EmailDestination(settings, address) for address in addresses if address)
    return found
