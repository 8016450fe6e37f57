"""Check ports before they are used, and find free ones.

An occupied port is named at once, instead of causing a failure somewhere in a log.
"""

from __future__ import annotations

import random
import socket
from itertools import count

import psutil

from infra.local.support.place import GRPC, PORTS, Place
from infra.local.support.problem import Problem

_claims: list[socket.socket] = []


def free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def check(service: str, port: int, place: Place) -> None:
    """Raise Problem if the port is in use.

    It names the port, its occupier, and the commands that help.
    """
    if free(port):
        return
    occupier = find_occupier(port)
    who = "a process that this user cannot see"
    if occupier is not None:
        who = f"pid {occupier.pid} ({' '.join(' '.join(occupier.cmdline()).split())[:100]})"
    raise Problem(f"Port {port}, which {service} needs, is in use by {who}.", mend=_remedy(place, occupier))


def _remedy(place: Place, occupier: psutil.Process | None) -> str:
    """Return commands that work as they are.

    A place that was started once keeps its ports, so only another place can have others.
    """
    end = f"stop that process{f' (kill {occupier.pid})' if occupier else ''}, then run: {place.prefix}make up"
    if place.is_fixed:
        return f"{end[0].upper()}{end[1:]}\n  Or start another demonstration: {_other(place)}"
    return f"{place.prefix}RECORDROOM_PORT={free_base()} make up\n  Or {end}"


def _other(place: Place) -> str:
    numbered = (place.root.with_name(f"{place.root.name}-{number}") for number in count(2))
    folder = next(folder for folder in numbered if not folder.exists())
    return f"RECORDROOM_LOCAL={folder} RECORDROOM_PORT={free_base()} make up"


def find_occupier(port: int) -> psutil.Process | None:
    """Find the process that listens on a port; None if it is hidden or has ended."""
    try:
        found = [
            c.pid
            for c in psutil.net_connections("tcp")
            if c.laddr and c.laddr.port == port and c.status == psutil.CONN_LISTEN
        ]
    except psutil.AccessDenied:
        found = []
    for pid in filter(None, found):
        try:
            process = psutil.Process(pid)
            process.cmdline()
        except psutil.Error:
            continue
        return process
    return None


def free_base() -> int:
    """Return a base port for a set-up of its own (a test run), and reserve it.

    It and all ports that follow from it are free now, no other process was given it, and none is one that
    Linux gives to outgoing connections (from 32768 on), which could take it at any time.
    """
    for base in random.sample(range(11_000, 11_000 + GRPC - len(PORTS), 50), 100):
        if all(free(base + n) and free(base + GRPC + n) for n in range(len(PORTS))) and _claimed(base):
            return base
    raise Problem(
        "No free range of ports was found between 11000 and 31000.",
        mend="Stop some of the servers on this machine.",
    )


def _claimed(base: int) -> bool:
    """Claim a base port; return whether that succeeded.

    The servers start one by one, some of them minutes later, and nothing listens until then. The port's UDP
    half, which no server uses, marks it as taken. Linux releases it when this process ends, however it ends.
    """
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        claim.bind(("127.0.0.1", base))
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True
