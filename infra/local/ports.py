"""Ports are checked before they are used, so that an occupied one is named at once instead of failing somewhere in a log."""

from __future__ import annotations

import random
import socket

import psutil

from infra.local.place import GRPC, PORTS
from infra.local.problem import Problem

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


def check(service: str, port: int) -> None:
    """Raises Problem that names the port, who holds it where that can be seen, and the setting that changes it."""
    if not free(port):
        raise Problem(
            f"Port {port}, which {service} needs, is in use by {occupier(port)}.",
            mend="End that process, or choose other ports: RECORDROOM_PORT=<first of about twenty free ports> make up",
        )


def occupier(port: int) -> str:
    """`pid 4711 (python3 -m http.server)`, or that it cannot be seen: other people's processes are hidden from a plain user."""
    try:
        found = [c.pid for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == port and c.status == psutil.CONN_LISTEN]
    except psutil.AccessDenied:
        found = []
    for pid in filter(None, found):
        try:
            return f"pid {pid} ({' '.join(psutil.Process(pid).cmdline())[:100]})"
        except psutil.Error:
            continue
    return "a process that this user may not see"


def free_base() -> int:
    """A base port for a set-up of its own (a test run), held until this process ends: it and all that follow from it are free now, no other
    process was given it, and none is one that Linux gives to outgoing connections (from 32768 on), which could take it at any time."""
    for base in random.sample(range(11_000, 11_000 + GRPC - len(PORTS), 50), 100):
        if all(free(base + n) and free(base + GRPC + n) for n in range(len(PORTS))) and _claimed(base):
            return base
    raise Problem("No run of free ports was found between 11000 and 31000.", mend="End some of the servers on this machine.")


def _claimed(base: int) -> bool:
    """Whether it is ours now. Its servers start one by one, some of them minutes later: until then nothing listens, and the port's UDP
    half, which none of them uses, says that it is taken. Linux gives it back when this process ends, however it ends."""
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        claim.bind(("127.0.0.1", base))
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True
