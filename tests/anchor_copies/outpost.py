"""An archive whose anchors go out: to a folder, to a second bucket, and to two people by e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recordroom.anchor_copies.copy_warnings import list_warnings
from recordroom.anchor_copies.delivery import Delivery, deliver
from recordroom.anchor_copies.destinations import make_destinations
from recordroom.archive.store import Store
from recordroom.settings import Settings
from tests.anchor_copies.mail_server import MailServer
from tests.archives import settings_for
from tests.services import S3, Buckets


@dataclass
class Outpost:
    """An archive whose anchors go to a folder, a bucket of other keys' names, and two people."""

    s3: S3
    buckets: Buckets
    folder: Path
    mail: MailServer
    archive: Store
    derived: Store

    def settings(self, **more: Any) -> Settings:
        known = {
            "anchor_dir": self.folder / "anchors",
            "anchor_bucket": f"{self.buckets.archive}-anchors",
            "anchor_s3_endpoint": self.s3.endpoint,
            "anchor_s3_access_key": self.s3.access_key,
            "anchor_s3_secret_key": self.s3.secret_key,
            "anchor_email_to": "audit@agency.test, counsel@agency.test",
            "anchor_email_from": "Archive <archive@agency.test>",
            "smtp_host": "127.0.0.1",
            "smtp_port": self.mail.port,
            "smtp_security": "none",
        }
        return settings_for(self.s3, self.buckets, self.folder, **{**known, **more})

    def deliver(self, **more: Any) -> dict[str, Delivery]:
        found = deliver(self.archive, self.derived, make_destinations(self.archive, self.settings(**more)))
        return {one.destination.partition(" ")[0] + one.destination[-13:]: one for one in found}

    def sent(self, **more: Any) -> list[int]:
        return [one.sent for one in self.deliver(**more).values()]

    def warnings(self, after: timedelta = timedelta(), **more: Any) -> list[str]:
        now = datetime.now(UTC) + after
        return list(list_warnings(self.archive, self.derived, self.settings(**more), now))

    def in_folder(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in (self.folder / "anchors").iterdir()}

    def in_bucket(self) -> dict[str, bytes]:
        second = Store(self.s3.client(), f"{self.buckets.archive}-anchors", hold=False)
        return {key: second.get(key) for key in second.keys("")}

    def in_mail(self, address: str) -> dict[str, bytes]:
        found = {}
        for message in self.mail.received:
            if message["To"] == address:
                [attached] = message.iter_attachments()
                found[str(attached.get_filename())] = attached.get_content()
        return found
