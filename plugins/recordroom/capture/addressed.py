"""Whose a permalink is. People copy it from an app, a mobile page or a share button: it is rarely at the very host that the register
names, and often tells no account. Then each account that it may be of is asked; none of them is asked for anything but this post."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from recordroom.capture.outcome import Outcome
from recordroom.capture.place import Archive
from recordroom.capture.receipt import Receipt
from recordroom.capture.run import capture_one
from recordroom.capture.whose import name_of, own_links
from recordroom.errors import UsageError
from recordroom.platforms import load, names, permalinks
from recordroom.platforms.permalinks import ANY, Link, Permalinks
from recordroom.register.models import Account, Register

OTHERWISE = "Copy it from the account's own page. An account that the register does not name is not captured."


def accounts_at(register: Register, url: str, otherwise: str = OTHERWISE) -> list[Account]:
    """The accounts of which it may be, likeliest first; UsageError where there is none, or the address is none of a post. `otherwise`: what
    whoever asks can do where no account is known at that host."""
    links = [(account, permalinks.read(url, _forms(account))) for account in register.accounts]
    near = {account.id: link for account, link in links if _is_at(account, link)}
    if not near:
        raise _of_nobody(register, url, otherwise)
    now = datetime.now(UTC)
    kept = [account for account in register.accounts if account.id in near]
    found = sorted(kept, key=lambda a: (_likeness(a, near[a.id]), not a.is_closed(now)), reverse=True)
    return [account for account in found if not account.import_only] or found


def capture_any(place: Archive, register: Register, accounts: Sequence[Account], url: str) -> tuple[Outcome, Receipt]:
    """Capture it for the first account whose conversation it is. One that could not be asked may be that one: what it failed at is the
    outcome, unless another has it. One that is only named in a post may hold that post alone, which is not the whole of it."""
    refused, failed, named = dict[str, UsageError](), list[tuple[Outcome, Receipt]](), list[tuple[Outcome, Receipt]]()
    for account in accounts:
        try:
            permalinks.read(url, _forms(account))  # what is none of a post costs no request
            outcome, receipt = capture_one(place, register, account, url)
        except UsageError as problem:
            refused[account.id] = problem
            continue
        if outcome.failure or outcome.not_before:
            failed.append((outcome, receipt))
        elif receipt.kinds["post"]:
            return outcome, receipt
        else:
            named.append((outcome, receipt))
    if failed or named:
        return (failed + named)[0]
    if len(refused) == 1:
        raise refused.popitem()[1]
    raise UsageError(f"{url} is of none of {', '.join(refused)}", " ".join(dict.fromkeys(map(str, refused.values()))))


def _forms(account: Account) -> Permalinks:
    return load(account.platform).PLATFORM.permalinks if account.platform in names() else ANY


def _is_at(account: Account, link: Link) -> bool:
    return _forms(account).are_at(link.host) or any(link.host == own.host for own in own_links(account))


def _likeness(account: Account, link: Link) -> int:
    """How much of the account's address stands in it: the whole path, or the name alone; 0: nothing does."""
    return max(1 + len(own.path) if _begins(link, own) or name_of(own) in _named(link) else 0 for own in own_links(account))


def _begins(link: Link, own: Link) -> bool:
    return link.host == own.host and f"{link.path}/".lower().startswith(f"{own.path}/".lower())


def _named(link: Link) -> set[str]:
    """What may be a name. LinkedIn writes /posts/<name>_<words>."""
    steps = [step.removeprefix("@").lower() for step in link.path.split("/") if step]
    return {*steps, *(step.partition("_")[0] for step in steps[1:2]), link.query.get("id", "").lower()} - {""}


def _of_nobody(register: Register, url: str, otherwise: str) -> UsageError:
    link = permalinks.read(url, ANY)
    for account in register.accounts:
        forms = _forms(account)
        if forms.elsewhere and permalinks.is_like(forms.elsewhere, link):
            return UsageError(f"{url} is on another server than {account.id}", forms.mend)
    return UsageError(f"no account of the register is at {link.host}", otherwise)
