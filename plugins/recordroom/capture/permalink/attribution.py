"""Which account a permalink belongs to, and which post it is.

People copy addresses from an app, a mobile page, or a share button. Their host is rarely the one that the
register names, and they often name no account. Then each possible account is asked for this one post.

Platforms find a post by its number alone, whatever name is before it. So an address that names another
account leads to the post too, although the person who typed it may have meant another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.record_state import RecordState
from recordroom.capture.segment.parsing import EvidenceReader
from recordroom.errors import UsageError
from recordroom.model import Record
from recordroom.platforms import permalinks
from recordroom.platforms.permalinks import ANY, Link, Permalinks
from recordroom.platforms.registry import list_names, load
from recordroom.register.models import Account, Register

OTHERWISE = (
    "Copy the address from the account's own page. Accounts that are not in the register are not captured."
)


def find_accounts(register: Register, url: str, otherwise: str = OTHERWISE) -> list[Account]:
    """Return the accounts that an address may belong to, the most likely first.

    UsageError if there is none, or the address is not that of a post.

    otherwise: what a person can do if no account is known at that host.
    """
    links = [(account, permalinks.parse_permalink(url, forms_of(account))) for account in register.accounts]
    near = {account.id: link for account, link in links if _is_at(account, link)}
    if not near:
        raise _of_nobody(register, url, otherwise)
    now = datetime.now(UTC)
    kept = [account for account in register.accounts if account.id in near]
    found = sorted(kept, key=lambda a: (_likeness(a, near[a.id]), not a.is_closed(now)), reverse=True)
    return [account for account in found if not account.import_only] or found


def forms_of(account: Account) -> Permalinks:
    """Return the forms of permalinks on the account's platform."""
    return load(account.platform).PLATFORM.permalinks if account.platform in list_names() else ANY


def _is_at(account: Account, link: Link) -> bool:
    return forms_of(account).are_at(link.host) or any(link.host == own.host for own in account_links(account))


def _likeness(account: Account, link: Link) -> int:
    """Return how much of the account's address is in a permalink; 0: nothing.

    The complete path counts more than the name alone.
    """
    return max(
        1 + len(own.path) if _begins(link, own) or account_name_in(own) in _named(link) else 0
        for own in account_links(account)
    )


def _begins(link: Link, own: Link) -> bool:
    return link.host == own.host and f"{link.path}/".lower().startswith(f"{own.path}/".lower())


def _named(link: Link) -> set[str]:
    """Return what may be a name. LinkedIn has /posts/<name>_<text>."""
    steps = [step.removeprefix("@").lower() for step in link.path.split("/") if step]
    return {*steps, *(step.partition("_")[0] for step in steps[1:2]), link.query.get("id", "").lower()} - {""}


def _of_nobody(register: Register, url: str, otherwise: str) -> UsageError:
    link = permalinks.parse_permalink(url, ANY)
    for account in register.accounts:
        forms = forms_of(account)
        if forms.foreign_path and permalinks.matches_path(forms.foreign_path, link):
            return UsageError(f"{url} is on another server than {account.title}", forms.remedy)
    return UsageError(f"the register has no account at {link.host}", otherwise)


@dataclass(frozen=True, slots=True)
class PermalinkMatch:
    """The post or reply that an address is."""

    record_id: str  # of what the address is
    by: str  # its author, as people know them
    address: str  # as the platform gives it
    names: str  # another account that the typed address names, as far as the archive knows; "": none
    unshown: bool = False  # it is a reply that the platform did not show; the rest is about the post above it


def match_permalink(
    account: Account, state: AccountState, url: str, held: Sequence[RecordState], reader: EvidenceReader
) -> PermalinkMatch | None:
    """Return which post an address is; None if nothing was captured.

    held: what was captured.
    """
    forms = load(account.platform).PLATFORM.permalinks
    link = permalinks.parse_permalink(url, forms)
    post = _post(link, forms, held, reader)
    if post is None or post.content is None:
        return None
    below = permalinks.find_comment_id(link, forms)
    answer = next((h for h in held if below and not h.is_root and _ends(h.native_id, below)), None)
    record, named = reader.content(post), permalinks.find_account_name(link, forms)
    known = {
        *_names_of(record, forms),
        *(_names_of_account(account, state) if record.author_is_account else ()),
    }
    alike = {"", *(_compared(name, forms) for name in known)}
    names = "" if _compared(named, forms) in alike else named
    # a person who typed another name does not mean a reply to this post
    if answer is None or answer.content is None or names:
        return PermalinkMatch(
            record.record_id, _called(record), record.url or "", names, unshown=bool(below) and answer is None
        )
    meant = reader.content(answer)
    return PermalinkMatch(meant.record_id, _called(meant), meant.url or "", "")


def _post(
    link: Link, forms: Permalinks, held: Sequence[RecordState], reader: EvidenceReader
) -> RecordState | None:
    """Return the post that an address is, else the root post of its conversation.

    A reply that the address names in addition to its post is found elsewhere.
    """
    own = permalinks.find_own_id(link, forms)
    found = next((h for h in held if own and _ends(h.native_id, own)), None)
    heads = [h for h in held if h.is_root]
    if found is None and len(heads) > 1:  # a feed shows all its entries at once
        found = next(
            (
                h
                for h in heads
                if h.content is not None and permalinks.is_same_address(link, reader.content(h).url)
            ),
            None,
        )
    return found or next(iter(heads), held[0] if held else None)


def _ends(native_id: str, end: str) -> bool:
    """Return whether a native id ends so.

    LinkedIn's comments are urn:li:comment:(urn:li:activity:<number>,<number>).
    """
    return re.search(rf"(?:^|[/:_,]){re.escape(end)}\)?$", native_id) is not None


def account_links(account: Account) -> Iterator[Link]:
    """Yield the addresses of the account itself, earlier ones too."""
    for address in (account.url, *account.formerly, account.api_url):
        if address:
            yield permalinks.parse_permalink(address, ANY)


def account_name_in(own: Link) -> str:
    """Return what the account is called in one of its own addresses."""
    return (own.query.get("id") or own.path.rpartition("/")[2].removeprefix("@")).lower()


def _names_of(record: Record, forms: Permalinks) -> Iterator[str]:
    """Yield the author's names in addresses.

    Not the display name: anybody may choose one that is another account's name in addresses.
    """
    yield from filter(None, (record.author_handle, record.author_id))
    if record.url:
        yield permalinks.find_account_name(permalinks.parse_permalink(record.url, ANY), forms)


def _names_of_account(account: Account, state: AccountState) -> Iterator[str]:
    pinned = state.sums.identity or {}
    yield from map(account_name_in, account_links(account))
    yield from filter(
        None, (pinned.get("native_id"), pinned.get("handle"), *(one["handle"] for one in state.sums.called))
    )


def _compared(name: str, forms: Permalinks) -> str:
    """Return a name as the platform distinguishes names.

    john_doe and johndoe are two people. No platform distinguishes upper and lower case.
    """
    return name.removeprefix("@").lower().translate(dict.fromkeys(map(ord, forms.ignored_in_names)))


def _called(record: Record) -> str:
    handle = f"@{record.author_handle.removeprefix('@')}" if record.author_handle else ""
    if record.author_name:
        return f"{record.author_name} ({handle})" if handle else record.author_name
    return handle or record.author_id or "an author that the platform does not name"
