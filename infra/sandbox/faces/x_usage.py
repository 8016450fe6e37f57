"""What reading X costs: so much for each post, user and private message in an answer, once a day (UTC) for
the same one, less for what is one's own; and how many posts may be read in a month.

Sources: docs.x.com/x-api/getting-started/pricing, docs.x.com/x-api/fundamentals/post-cap (read on
2026-11-25). That what is expanded is paid for like what was asked for, no public word settles.
"""

from collections.abc import Iterable
from typing import Any

from infra.sandbox.faces.x_ids import WHERE
from infra.sandbox.network import Network

Json = dict[str, Any]
PRICES, OWN = {"Post": 5, "User": 10, "DmEvent": 10}, 1  # thousandths of a dollar
PROJECT = "1650000000000000000"


def read_this_month(network: Network) -> int:
    month = f"{network.now():%Y-%m}"
    return sum(
        one.startswith("Post ")
        for day, read in network.bought.items()
        if day.startswith(month)
        for one in read
    )


def exhausted(network: Network) -> str:
    """What keeps a request from being answered: "cap", "credits", or nothing."""
    place = network.places[WHERE]
    if read_this_month(network) >= place.cap:
        return "cap"
    return "credits" if place.credits is not None and place.credits <= 0 else ""


def charge(network: Network, read: Iterable[tuple[str, str]], *, own: bool) -> None:
    """Takes what an answer costs, of which `read` tells the kinds and ids; the last of it may be less than
    that.
    """
    place, today = network.places[WHERE], network.bought[f"{network.now():%Y-%m-%d}"]
    prices = {f"{kind} {one}": PRICES[kind] for kind, one in read if kind in PRICES}
    new = {one: OWN if own else price for one, price in prices.items() if one not in today}
    today.update(new)
    if place.credits is not None:
        place.credits = max(0, place.credits - sum(new.values()))


def usage_json(network: Network) -> Json:
    place = network.places[WHERE]
    used = str(read_this_month(network))
    return {"project_id": PROJECT, "project_cap": str(place.cap), "project_usage": used, "cap_reset_day": 1}
