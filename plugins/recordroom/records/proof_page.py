"""Write the page of instructions of a proof folder, for an attorney and their expert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from recordroom import dates
from recordroom.model import moment
from recordroom.status import describe_status, is_claim

_TEMPLATE = "read_me_first.html"
PROGRAM = (  # what checks the folder, and the modules that it imports
    "check_proof.py", "consistency.py", "feed_input.py", "html_text.py", "parsing_rules.py",
    "proof_anchors.py", "proof_programs.py", "proof_quotations.py", "proof_reader.py", "proof_version.py",
    "recompute.py",
)  # fmt: skip


def render_page(
    index: Mapping[str, Any],
    records: Sequence[Mapping[str, Any]],
    others: Mapping[str, int],
    explained: Mapping[str, bytes],
) -> str:
    """Return READ-ME-FIRST.html, which needs no other file and has no scripts. It escapes everything.

    index: proof.json. records: the rows of its versions, in the same order.
    others: how many other records are in the responses, and how many the ledger entries name.
    explained: the files of the format set.
    """
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    pages.filters["when"] = lambda text: dates.format_both_zones(moment(text))
    pages.filters["status"] = describe_status
    pages.tests["claim"] = is_claim
    versions = list(zip(index["versions"], records, strict=True))
    return pages.get_template(_TEMPLATE).render(
        proof=index,
        versions=versions,
        others=others,
        complete=all(one["evidence_in_folder"] for one in index["versions"]),
        media=any(one["media"] for one in index["versions"]),
        modules=PROGRAM[1:],
        lines=round(sum(explained[name].count(b"\n") for name in PROGRAM), -2),
    )
