"""The folder of the built documents, and the chapter that explains each page of the room.

`make docs` builds docs/ into SITE; `make up` does so too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SITE = Path(__file__).parent / "help"
# The name of a page in its template (block `here`) -> its chapter; "" is any other page.
CHAPTERS: Mapping[str, str] = {
    "": "index.html",
    "home": "user/index.html",
    "search": "user/search.html",
    "record": "user/prove.html",
    "terms": "user/term-report.html",
    "exports": "user/export.html",
    "coverage": "user/coverage.html",
    "retention": "user/retention.html",
    "decisions": "user/retention.html#decide-on-a-series",
    "statements": "user/retention.html#state-what-no-capture-shows",
    "vanished": "user/retention.html#replies-that-vanished-with-a-removed-post",
    "proposals": "user/proposals.html",
    "capture": "user/capture-before-moderating.html",
    "quarantine": "user/quarantine.html",
    "holds": "user/holds.html",
    "audit": "user/audit.html",
}
