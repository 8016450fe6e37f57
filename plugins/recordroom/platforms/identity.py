"""Whether a token belongs to the account of the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordroom.errors import AccountUnavailable
from recordroom.model import Exchange

if TYPE_CHECKING:
    from recordroom.register.models import Account


def require_owner(
    account: Account, native_id: str, *, is_named: bool, holder: str, remedy: str, answer: Exchange
) -> None:
    """Raise AccountUnavailable where the register names another account than the token's.

    native_id: the ID of the token's account. It decides once the account is known, whatever its name is now.
    is_named: whether the address in the register names the token's account; it decides before.
    holder: what the message calls the token's account.
    """
    is_known = account.identity is not None and account.identity.native_id == native_id
    if not is_known and not is_named:
        raise AccountUnavailable(
            f"the token belongs to {holder}, the register says {account.url}", remedy, answer
        )
