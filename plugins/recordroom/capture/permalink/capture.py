"""The capture of one conversation, for the account that the address of its post belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from recordroom.accounts import Account, Register
from recordroom.capture.permalink.attribution import forms_of
from recordroom.capture.permalink.receipt import Receipt
from recordroom.capture.run import capture_one
from recordroom.capture.session import Outcome
from recordroom.capture.workspace import Workspace
from recordroom.errors import UsageError
from recordroom.platforms import permalinks


def capture_any(place: Workspace, register: Register, accounts: Sequence[Account], url: str) -> tuple[Outcome, Receipt]:
    """Capture it for the first account whose conversation it is. One that could not be asked may be that one: what it failed at is the
    outcome, unless another has it. One that is only named in a post may hold that post alone, which is not the whole of it."""
    refused, failed, named = dict[str, UsageError](), list[tuple[Outcome, Receipt]](), list[tuple[Outcome, Receipt]]()
    for account in accounts:
        try:
            permalinks.read(url, forms_of(account))  # what is none of a post costs no request
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
