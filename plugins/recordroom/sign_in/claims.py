"""Identify a person by an ID token that was verified.

Signature, issuer, audience, and time were checked before.
Entra ID names groups by their object ids, and names none if there are more than 200 (an "overage"):
https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference. Google names no groups;
`hd` is the domain of the organization:
https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recordroom.errors import SignInRefused
from recordroom.people import SUBJECT

LONGEST = 200  # characters of a name


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person as the provider identifies them."""

    subject: str  # the provider's own key, which it never gives to another person
    name: str  # what people call them, which may change
    first_name: str
    last_name: str
    groups: frozenset[str]  # as `normalize_group` writes them, for comparison

    @property
    def username(self) -> str:
        """The name in Airflow and in the audit journal.

        It is readable, and never that of another person or of a local account.
        """
        return f"{self.name}{SUBJECT}{self.subject}"


def read_person(claims: Mapping[str, Any], claim: str, domain: str | None) -> SignedIn:
    """Read the person from the claims of an ID token.

    claim: the claim that names the groups. domain: the only domain that is let in, if any. SignInRefused if a
        claim that is needed is missing.
    """
    if domain is not None and claims.get("hd") != domain:
        raise SignInRefused(
            "Your account does not belong to this agency", f"Sign in with your {domain} account."
        )
    name = _words(claims.get("preferred_username") or claims.get("email")) or str(claims["sub"])
    return SignedIn(
        str(claims["sub"]), name, _words(claims.get("given_name")), _words(claims.get("family_name")),
        _groups(claims, claim)
    )  # fmt: skip


def normalize_group(group: str) -> str:
    """Return a group as groups are compared: exactly, and addresses in lower case."""
    return group.lower() if "@" in group else group


def _groups(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    told = claims.get(claim, [])
    if not told and (
        claim in (claims.get("_claim_names") or {}) or (claim == "groups" and claims.get("hasgroups"))
    ):
        why = f"the ID token has no {claim}: there are more than the provider includes (overage)"
        mend = (
            "Tell the administrator of sign-in: configure the client to receive only its assigned groups, or "
            "app roles (docs/admin/single-sign-on.md, \u201cToo many groups\u201d)."
        )
        raise SignInRefused("You are in more groups than the provider can report", mend, why)
    if claim == "email" and claims.get("email_verified") is not True:
        raise SignInRefused(
            "The provider has not verified your email address", "Tell the administrator of sign-in."
        )
    values = told if isinstance(told, list) else [told]
    return frozenset(normalize_group(value) for value in values if isinstance(value, str) and value)


def _words(value: object) -> str:
    """Return a name for people: visible characters, limited length."""
    seen = "".join(c for c in str(value or "") if c != SUBJECT and unicodedata.category(c)[0] != "C")
    return seen.strip()[:LONGEST]
