"""The capture of one conversation, for the account that has it."""

from __future__ import annotations

from collections.abc import Sequence

from recordroom.capture.permalink.attribution import forms_of
from recordroom.capture.permalink.receipt import Receipt, make_receipt
from recordroom.capture.run import run
from recordroom.capture.segment.spool import AccountSpool, remove_folder
from recordroom.capture.session import Outcome, open_session
from recordroom.capture.workspace import Workspace
from recordroom.errors import UsageError
from recordroom.platforms import permalinks
from recordroom.register.models import Account, Register


def capture_conversation(
    workspace: Workspace, register: Register, account: Account, url: str
) -> tuple[Outcome, Receipt]:
    """Capture the conversation at an address.

    Other captures of the account may be running. UsageError if the address does not belong to the account;
    nothing was captured then.
    """
    spool = AccountSpool(workspace.settings.spool, account.platform, account.id)
    with open_session(workspace, register, account, spool, url=url) as session:
        try:
            outcome = run(session)
        except UsageError:
            remove_folder(session.folder)
            raise
        unread, limits = session.plan.unread_roots(), session.progress.limits
        return outcome, make_receipt(
            workspace.archive, account, session.state, url, seen=session.seen, short=limits, unread=unread
        )


def capture_first_match(
    workspace: Workspace, register: Register, accounts: Sequence[Account], url: str
) -> tuple[Outcome, Receipt]:
    """Capture the conversation at an address for the first account that it belongs to.

    An account that could not be asked may be that one: its failure is the result, unless another account has
    the conversation. One that is only named in a post may have that post alone, without the rest of the
    conversation. UsageError if the address belongs to none of the accounts.
    """
    refused = dict[str, UsageError]()
    failed = list[tuple[Outcome, Receipt]]()
    mentioned = list[tuple[Outcome, Receipt]]()
    for account in accounts:
        try:
            permalinks.parse_permalink(url, forms_of(account))  # the address of no post costs no request
            outcome, receipt = capture_conversation(workspace, register, account, url)
        except UsageError as problem:
            refused[account.id] = problem
            continue
        if outcome.failure or outcome.not_before:
            failed.append((outcome, receipt))
        elif receipt.kinds["post"]:
            return outcome, receipt
        else:
            mentioned.append((outcome, receipt))
    if failed or mentioned:
        return (failed + mentioned)[0]
    if len(refused) == 1:
        raise refused.popitem()[1]
    raise UsageError(
        f"{url} does not belong to any of {', '.join(refused)}",
        " ".join(dict.fromkeys(map(str, refused.values()))),
    )
