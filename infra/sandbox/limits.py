"""Quotas and throttles, which the faces report in their own words, and faults."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from werkzeug.wrappers import Request, Response

from infra.sandbox.model import Fault
from infra.sandbox.network import Network


@dataclass(frozen=True)
class Quota:
    """The use of a quota after a request."""

    limit: int  # requests or units in a window
    seconds: int  # length of a window
    remaining: int
    reset: datetime  # when the next window starts, or a throttle ends
    exceeded: bool


# platforms with quotas of a calendar day, and the time zone of its midnight
DAYS = {"youtube": ZoneInfo("America/Los_Angeles"), "linkedin": ZoneInfo("UTC")}


def window_of(platform: str, seconds: int, now: datetime) -> tuple[int, datetime]:
    """Return the number of the current window, and when the next one starts."""
    if zone := DAYS.get(platform):
        today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return today.toordinal(), (today + timedelta(days=1)).astimezone(UTC)
    window = int(now.timestamp()) // seconds
    return window, datetime.fromtimestamp((window + 1) * seconds, UTC)


def count(network: Network, where: str, client: str, cost: int = 1) -> Quota:
    """Count one request of a client, and return the use of its quota.

    cost: in requests, or in units where a platform counts these.
    """
    now = network.now()
    limit, seconds = network.quotas.get(where, (10**6, 300))
    window, reset = window_of(network.places[where].platform, seconds, now)
    used = (seen[1] if (seen := network.usage.get((where, client))) and seen[0] == window else 0) + cost
    network.usage[where, client] = (window, used)
    until = network.throttles.get(where)
    if until is not None and until > now:
        return Quota(limit, seconds, 0, until, exceeded=True)
    return Quota(limit, seconds, max(limit - used, 0), reset, exceeded=used > limit)


def retry_after(network: Network, quota: Quota) -> str:
    """Return the seconds until the quota resets, rounded up, at least 1."""
    return str(max(1, -(-(quota.reset - network.now()) // timedelta(seconds=1))))


def take_fault(network: Network, where: str, path: str) -> Fault | None:
    """Return the fault that applies to a request, or None, and count its use."""
    for fault in network.faults:
        if fault.where != where or fault.path not in path:
            continue
        if fault.after > 0:
            fault.after -= 1
            continue
        fault.times -= 1
        if fault.times <= 0:
            network.faults.remove(fault)
        return fault
    return None


def answer_fault(fault: Fault, request: Request, real: Response | None) -> Response:
    """Return the response of a fault; a `cut` needs the `real` one."""
    time.sleep(fault.delay)
    if fault.cut is not None and real is not None:
        broken = Response(real.get_data()[: fault.cut], real.status_code, dict(real.headers))
        broken.automatically_set_content_length = False
        broken.headers["Content-Length"] = str(len(real.get_data()))
        return broken
    body = (
        fault.body
        if fault.body is not None
        else f"<html><body><h1>{fault.status}</h1><p>{request.path}</p></body></html>"
    )
    return Response(body, fault.status, {"Content-Type": "text/html; charset=utf-8", **fault.headers})
