"""An e-mail address that receives anchors, each as the attachment of a message."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import ClassVar

from recordroom.canonical import sha256
from recordroom.errors import NotDelivered
from recordroom.settings import Settings

TIMEOUT = 60  # seconds
_REMEDY = (
    "Check the variables RECORDROOM_SMTP_... and RECORDROOM_ANCHOR_EMAIL_..., and run `recordroom anchor`."
)
_TEXT = """\
The attached file is an anchor of the archive {bucket}. It names the last entry of every ledger at that time.

SHA-256 of the file: {digest}

Keep this message where the administrators of the archive cannot change it. With the file, an examiner can
check whether anything that was archived before was changed, removed, or added since:

    recordroom verify --anchor {name}
"""


@dataclass(slots=True)
class EmailDestination:
    """One recipient. An address cannot be listed: `delivery` keeps what was sent."""

    settings: Settings = field(repr=False)
    address: str
    is_copy: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"email {self.address}"

    def list_files(self) -> None:
        return None

    def put(self, files: Mapping[str, bytes]) -> bool:
        name = next(iter(files))
        try:
            message = self._write(name, files)
            with self._connect() as server:
                server.send_message(message)
        except smtplib.SMTPAuthenticationError as problem:  # its text may repeat what was sent
            why = f"the mail server refused the user or the password ({problem.smtp_code})"
            raise NotDelivered(f"{name} was not sent", _REMEDY, why) from None
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            raise NotDelivered(
                f"{name} was not sent", _REMEDY, f"{type(problem).__name__}: {problem}"
            ) from None
        return True

    def _write(self, name: str, files: Mapping[str, bytes]) -> EmailMessage:
        """Return the message; ValueError if a header of it is impossible."""
        message = EmailMessage()
        message["From"] = self._require(self.settings.anchor_email_from, "RECORDROOM_ANCHOR_EMAIL_FROM")
        message["To"] = self.address
        message["Subject"] = f"{name} of {self.settings.bucket}"
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=str(message["From"]).rpartition("@")[2].rstrip(">") or None)
        digest = sha256(files[name])
        message.set_content(_TEXT.format(bucket=self.settings.bucket, digest=digest, name=name))
        for file, data in files.items():
            message.add_attachment(data, maintype="application", subtype="octet-stream", filename=file)
        return message

    @contextmanager
    def _connect(self) -> Iterator[smtplib.SMTP]:
        """Connect and sign in. A password is sent over TLS only."""
        known = self.settings
        host = self._require(known.smtp_host, "RECORDROOM_SMTP_HOST")
        if known.smtp_password is not None and known.smtp_security == "none":
            raise NotDelivered(
                "the password would be sent without encryption", "Set RECORDROOM_SMTP_SECURITY."
            )
        trusted = ssl.create_default_context()
        server = (
            smtplib.SMTP_SSL(host, known.smtp_port, timeout=TIMEOUT, context=trusted)
            if known.smtp_security == "tls"
            else smtplib.SMTP(host, known.smtp_port, timeout=TIMEOUT)
        )
        with server:
            if known.smtp_security == "starttls":
                server.starttls(context=trusted)
            if known.smtp_user is not None and known.smtp_password is not None:
                server.login(known.smtp_user, known.smtp_password.get_secret_value())
            yield server

    @staticmethod
    def _require(value: str | None, variable: str) -> str:
        if not value:
            raise NotDelivered(f"{variable} is not set", f"Set {variable}, and run `recordroom anchor`.")
        return value
