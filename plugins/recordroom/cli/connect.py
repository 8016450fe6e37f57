"""`recordroom connect`: the administrator of an account consents in a browser.

The token goes to Airflow; no person sees it.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Annotated
from urllib.parse import SplitResult, parse_qs, urlsplit

import typer

from recordroom.capture.credentials.consent import ConnectedAccount, ConsentFlow
from recordroom.cli.output import keep_logs_off_stdout, open_context, say, write
from recordroom.errors import RecordroomError, UsageError
from recordroom.model import instant

DEFAULT = "http://127.0.0.1:8719/"
_HEADERS = {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
Name = Annotated[str, typer.Argument(help="Account ID of the register.", metavar="ACCOUNT")]
Redirect = Annotated[
    str,
    typer.Option(help="The redirect address in the app's settings at the platform.", metavar="ADDRESS"),
]
Paste = Annotated[
    bool,
    typer.Option("--paste", help="For a browser on another computer: paste the address of its last page."),
]


def add_to(app: typer.Typer) -> None:
    app.command(
        "connect",
        help="Let the administrator of an account consent in a browser, and save the token in Airflow.",
    )(run)


def run(account: Name, redirect: Redirect = DEFAULT, paste: Paste = False) -> None:
    """Print the address of the consent page, and wait for the consent."""
    here = _parse_redirect(redirect)
    context = open_context()
    entry = context.register.account(account)
    keep_logs_off_stdout()
    consent = ConsentFlow(context.place, context.register, entry, redirect)
    if not paste and (here.scheme != "http" or here.hostname not in ("127.0.0.1", "localhost")):
        raise UsageError(f"this command cannot receive the browser at {redirect}", "Add --paste.")
    say(f"The administrator of {entry.title} ({entry.url}) opens this address in a browser and consents:\n")
    write(f"{consent.address}\n")
    connected = _read_pasted_address(consent) if paste else _wait_for_browser(consent, here.port or 80)
    identity, saved = connected.identity, connected.saved
    ends = f"; renew the consent before {instant(saved.consent_until)}" if saved.consent_until else ""
    say(
        f"\nConnected: {identity.title or identity.handle or identity.native_id}"
        f" ({identity.native_id}){ends}."
    )
    say(f"To try it, run: recordroom capture {entry.id}")


def _parse_redirect(redirect: str) -> SplitResult:
    try:
        here = urlsplit(redirect)
        if here.scheme in ("http", "https") and here.hostname and here.port != 0:
            return here
    except ValueError:  # not a port
        pass
    raise UsageError(
        f"--redirect {redirect} is not a web address",
        "Use the redirect address in the app's settings at the platform, https://...",
    )


def _read_pasted_address(consent: ConsentFlow) -> ConnectedAccount:
    say("\nThen copy the address of the page that the browser shows, even an error page. Paste it here:")
    landed = sys.stdin.readline()
    if not landed.strip():
        raise UsageError("no address was pasted", "Run `recordroom connect` again.")
    return consent.finish(landed)


def _wait_for_browser(consent: ConsentFlow, port: int) -> ConnectedAccount:
    """Wait on this machine until the browser returns, and show it the result."""
    try:
        server = ConsentServer(consent, port)
    except OSError as problem:
        raise UsageError(
            f"port {port} of this machine cannot be used: {problem.strerror}",
            "Free the port, or use --paste.",
        ) from None
    say("\nWaiting for the consent. Ctrl-C stops waiting and changes nothing.")
    with server:
        while server.ended is None:
            server.handle_request()
    if isinstance(server.ended, RecordroomError):
        raise server.ended
    return server.ended


class ConsentServer(HTTPServer):
    """A server on this machine to which the browser returns.

    ended: the result; None until a request with the state of the consent came.
    """

    def __init__(self, consent: ConsentFlow, port: int) -> None:
        super().__init__(("127.0.0.1", port), _ConsentHandler)
        self.consent = consent
        self.ended: ConnectedAccount | RecordroomError | None = None

    def land(self, path: str) -> tuple[HTTPStatus, str]:
        """Return the status and the text of the page that the person sees."""
        if "state" not in parse_qs(urlsplit(path).query):
            return HTTPStatus.NOT_FOUND, "This page does not exist."
        try:
            self.ended = self.consent.finish(path)
        except UsageError as problem:
            return HTTPStatus.BAD_REQUEST, problem.message
        except RecordroomError as problem:
            self.ended = problem
            words = f"The connection failed: {problem.message}. Please tell the person who sent you the link."
            return HTTPStatus.OK, words
        return HTTPStatus.OK, "Thank you. The archive can now read the account. You can close this page."


class _ConsentHandler(BaseHTTPRequestHandler):
    """The one page of the server."""

    server: ConsentServer
    # seconds: browsers open connections early and send nothing on them, while the person's request waits
    timeout = 5.0

    def do_GET(self) -> None:
        status, words = self.server.land(self.path)
        body = words.encode()
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Log nothing: the address contains the code of the consent."""
