"""The destinations outside the archive that the settings name."""

from __future__ import annotations

from collections.abc import Set
from typing import Protocol

from recordroom.anchor_copies.bucket import BucketDestination
from recordroom.anchor_copies.folder import FolderDestination
from recordroom.anchor_copies.mail import EmailDestination
from recordroom.settings import Settings

VARIABLES = "RECORDROOM_ANCHOR_DIR, RECORDROOM_ANCHOR_BUCKET, or RECORDROOM_ANCHOR_EMAIL_TO"


class Destination(Protocol):
    """A place outside the archive that receives anchors.

    Both methods raise NotDelivered.
    """

    @property
    def name(self) -> str:
        """Which destination it is, for people and in the object that `delivery` keeps."""

    def list_files(self) -> Set[str] | None:
        """Return the names of the files that it has; None if it cannot be listed."""

    def put(self, name: str, data: bytes) -> bool:
        """Put a file once; return False if a file of this name has other bytes."""


def make_destinations(settings: Settings) -> list[Destination]:
    """Return every destination that is set: one for each recipient of e-mail."""
    found: list[Destination] = []
    if settings.anchor_dir is not None:
        found.append(FolderDestination(settings.anchor_dir))
    if settings.anchor_bucket is not None:
        found.append(BucketDestination(settings, settings.anchor_bucket))
    addresses = (address.strip() for address in (settings.anchor_email_to or "").split(","))
    found.extend(EmailDestination(settings, address) for address in addresses if address)
    return found
