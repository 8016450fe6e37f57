"""Redirects: within the host that was asked, to others only for media."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import httpx

MOST_REDIRECTS = 5
SIGN_IN_PATH = re.compile(r"(?:log|sign)[-_]?in(?![a-z])", re.IGNORECASE)
WRONG_WWW = (
    "If that host is the same site, enter its address in the register exactly as it is, with or without www."
)
SIGN_IN = "The platform requires a person to sign in, or the address in the register is not the API's."


def join_address(base: str, target: str) -> str | None:
    """Return the absolute address of a redirect; None if it is none."""
    try:
        address = urljoin(base, target)
        urlsplit(address).port  # noqa: B018 (raises where it is no number)
    except ValueError:
        return None
    return address


def is_same_host(one: str, other: str) -> bool:
    """Return whether two addresses are on one server; http may become https."""
    a, b = urlsplit(one), urlsplit(other)
    upgraded = (a.scheme, b.scheme) == ("http", "https")
    return a.hostname == b.hostname and (upgraded or (a.scheme == b.scheme and a.port == b.port))


def differ_only_in_www(one: str, other: str) -> bool:
    """Return whether two hosts differ in `www.` only.

    The register may have the other one.
    """
    a, b = urlsplit(one).hostname or "", urlsplit(other).hostname or ""
    return a != b and a.removeprefix("www.") == b.removeprefix("www.")


def keep_headers(request: httpx.Request) -> dict[str, str]:
    """Return the headers of a request that a redirected one keeps."""
    return {
        k: v
        for k, v in request.headers.items()
        if k.lower() in ("authorization", "accept", "if-none-match", "if-modified-since")
    }
