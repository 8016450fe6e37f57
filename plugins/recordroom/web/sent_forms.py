"""Keep submitted forms, so that their results have an address.

Back and Reload then request the same again. A form may be too long for an address, and must not appear in the
logs of a proxy. Each is an object of the derived bucket, `forms/<day>-<id>.json`; the archive does not depend
on it. Only the person who sent a form can open it, for DAYS days.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import orjson
from starlette.datastructures import QueryParams

from recordroom.archive.store import Store
from recordroom.errors import NotThere
from recordroom.web.auth import Person

PREFIX = "forms/"
DAYS = 7
_NAME = re.compile(r"\d{4}-\d\d-\d\d-[0-9a-f]{32}")


def keep_form(derived: Store, page: str, person: Person, fields: Sequence[tuple[str, str]]) -> str:
    """Store the fields of a page's form; return the name for `find_form`.

    Older forms are deleted. ServiceUnavailable if the bucket cannot be reached.
    """
    today = datetime.now(UTC).date()
    oldest = f"{PREFIX}{today - timedelta(days=DAYS)}"
    for key in list(derived.keys(PREFIX)):
        if key >= oldest:
            break  # keys are listed in order, oldest day first
        derived.delete(key)
    name = f"{today}-{secrets.token_hex(16)}"
    derived.put_new(_make_key(name), orjson.dumps({"page": page, "who": person.name, "fields": fields}))
    return name


def find_form(derived: Store, page: str, person: Person, name: str) -> QueryParams:
    """Return the fields of a form that this person sent.

    NotThere if there is none.
    """
    stored = derived.find(_make_key(name)) if _NAME.fullmatch(name) else None
    kept = orjson.loads(stored) if stored else None
    if kept is None or kept["page"] != page or not person.is_(kept["who"]):
        raise NotThere(
            "this result is no longer kept",
            f"Results are kept for {DAYS} days, for the person who requested them. Enter the request again.",
        )
    return QueryParams([(field, value) for field, value in kept["fields"]])


def _make_key(name: str) -> str:
    return f"{PREFIX}{name}.json"
