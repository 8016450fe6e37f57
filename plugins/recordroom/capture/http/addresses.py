"""Private addresses: which servers may be at one, and a network that checks it.

A name is resolved once for each connection. Every address found is checked, and the connection goes to one of
them, so that a name that changes between check and connection reaches nothing. TLS still names, and verifies,
the host.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpcore
import httpx

from recordroom.register.models import Account

Server = tuple[str, int]  # a host as it is connected to (lower case, IDNA), and its port

PORTS = {"http": 80, "https": 443}
REMEDY = (
    "If this is the account's own server, enter `private_network: true` in the register; "
    "docs/admin/accounts.md says what that allows."
)
# an IPv4 address in the last 32 bits: RFC 4291 2.5.5.1, RFC 6052 2.1
_EMBEDDED = (ipaddress.IPv6Network("::/96"), ipaddress.IPv6Network("64:ff9b::/96"))
_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (  # those that `is_global` of some Python versions takes for public
        "192.0.0.0/24",  # RFC 6890; 192.0.0.192 is the metadata service of Oracle Cloud
        "168.63.129.16/32",  # Azure's platform services
        "fec0::/10",  # site-local, RFC 3879
        "64:ff9b:1::/48",  # local translation to IPv4, RFC 8215
        "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
    )
)


def private_servers(account: Account) -> frozenset[Server]:
    """Return the servers of an account's entry that may be at a private address.

    Each is a host and its port; no other port of it is allowed. A literal IP address and localhost are meant
    as they are written. A name needs `private_network: true`, since its owner decides where it leads.
    """
    return frozenset(one for _, one in _servers(account) if account.private_network or _is_literal(one[0]))


def unallowed_server(account: Account) -> tuple[str, Server] | None:
    """Return a server that captures refuse, since it is at a private address now.

    None if there is none. It comes after the key of the register that names it.
    """
    allowed = private_servers(account)
    return next(
        ((key, one) for key, one in _servers(account) if one not in allowed and _is_private(one)), None
    )


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet.

    An embedded IPv4 address counts too.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = (
            ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if any(found in one for one in _EMBEDDED) else None
        )
        found = found.ipv4_mapped or found.sixtofour or inner or found
    return found.is_global and not found.is_multicast and not any(found in one for one in _REFUSED)


class AddressRefused(Exception):
    """The server is at a private address that the register does not allow.

    No connection was made.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host} (port {port}) is at a private address, which the register does not allow")


class CheckedNetwork(httpcore.SyncBackend):
    """Connects to public addresses, and to `allowed` servers wherever they are.

    AddressRefused for others.
    """

    def __init__(self, allowed: Collection[Server]) -> None:
        self._allowed = frozenset(allowed)

    def connect_tcp(self, host: str, port: int, *args: Any, **more: Any) -> httpcore.NetworkStream:
        addresses = _resolve(host, port)
        if (host, port) not in self._allowed and not all(map(is_public, addresses)):
            raise AddressRefused(host, port)
        for address in addresses[:-1]:
            try:
                return super().connect_tcp(address, port, *args, **more)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return super().connect_tcp(addresses[-1], port, *args, **more)


def _resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, at least one.

    httpcore.ConnectError if the name is unknown, UnicodeError if it cannot be a name.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as problem:
        raise httpcore.ConnectError(str(problem)) from problem
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def _is_private(server: Server) -> bool:
    """Return whether one of its addresses is private.

    False for an unknown name, which the capture reports.
    """
    try:
        return not all(map(is_public, _resolve(*server)))
    except (httpcore.ConnectError, UnicodeError, OverflowError):
        return False


def _servers(account: Account) -> Iterator[tuple[str, Server]]:
    """Give the servers that the account's entry names, each after its key.

    On Bluesky `api_url` names further ones behind its question mark.
    """
    told = [("api_url", account.api_url)] if account.api_url else []
    told += [("api_url", value) for _, value in parse_qsl(urlsplit(account.api_url or "").query)]
    for key, address in (*told, ("url", account.url)):
        try:
            url = httpx.URL(address or "")
        except httpx.InvalidURL:  # no request can be made of it
            continue
        if url.scheme in PORTS and url.host:
            yield key, (url.raw_host.decode("ascii"), url.port or PORTS[url.scheme])


def _is_literal(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 6.3
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
