"""Private messages, if the register asks for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from recordroom.model import Exchange
from recordroom.platforms.contract import Window
from recordroom.platforms.registry import list_message_readers
from tests.capture.everywhere.faulty import SCOPES
from tests.capture.everywhere.stages import SECRET
from tests.fault_transport import RecordedTransport
from tests.platforms.contract.profile import PlatformTestProfile, each_platform
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox
from tests.platforms.contract.test_resume import MOST


def reads_messages(profile: PlatformTestProfile) -> bool:
    return profile.name in list_message_readers()


def open_inbox(sandbox: Sandbox) -> set[str]:
    """Let the account's token read messages, send some both ways, and return their texts."""
    network, name = sandbox.network, sandbox.profile.name
    for token in network.tokens:
        token.account, token.scopes = token.account or sandbox.us, [*token.scopes, *SCOPES.get(name, [])]
    if name == "bluesky":
        network.grant(name, SECRET, sandbox.us, kind="password", scopes=["com.atproto.appPassPrivileged"])
        sandbox.client.authorize({"password": SECRET})
        session = sandbox.connector.renew(sandbox.entry, sandbox.client)  # type: ignore[attr-defined]
        sandbox.client.authorize({"password": SECRET, **session.values})
    texts = [f"Message {number:03}" for number in range(14)]
    for number, text in enumerate(texts):
        pair = (sandbox.others[number % 3 == 0], sandbox.us)
        network.message(
            *(pair if number % 4 else pair[::-1]),
            text,
            at=START - timedelta(days=2) + timedelta(minutes=number),
        )
    return set(texts)


def texts_in(sandbox: Sandbox, exchange: Exchange) -> set[str]:
    return {
        (record.text or "")[-11:] for record in sandbox.connector.parse(exchange) if record.kind == "message"
    }


@each_platform(reads_messages)
def test_messages_resume_from_any_exchange(sandbox: Sandbox) -> None:
    texts = open_inbox(sandbox)
    sandbox.publish()
    profile = sandbox.profile
    sandbox.transport.real = RecordedTransport(
        PagedTransport(sandbox.transport.real, profile.page_size, profile.message_page)
    )
    for kind in ("full", "history", "recent"):
        window = Window(
            kind,
            since=START - timedelta(days=9),
            changed_since=START - timedelta(days=9),
            reads_messages=True,
        )
        exchanges = sandbox.fetch(window)
        parts = [texts_in(sandbox, one) for one in exchanges]
        assert set[str]().union(*parts) == texts
        for number, exchange in list(enumerate(exchanges))[:: 1 + len(exchanges) // MOST]:
            assert SECRET not in (exchange.cursor or "")
            rest = sandbox.fetch(replace(window, cursor=exchange.cursor))
            found = (texts_in(sandbox, one) for one in rest)
            assert set[str]().union(*found, *parts[: number + 1]) == texts, f"{kind}, after exchange {number}"
