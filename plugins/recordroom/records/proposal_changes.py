"""What speaks against proposed records since their proposal was drafted, as far as the index shows.

What only a new draft finds is not counted here: gaps, releases of holds, and other records of a conversation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from recordroom import clock
from recordroom.records.proposals import open_rows
from recordroom.retention import exclusions as why
from recordroom.retention import proposals
from recordroom.retention.derivation import NOT_WITHDRAWN, PUBLISHED
from recordroom.retention.exclusions import REPLACED_BY_LIST
from recordroom.retention.ledger import RetentionState
from recordroom.retention.models import Rule
from recordroom.retention.proposals import DispositionProposal
from recordroom.search.access import Viewer
from recordroom.search.client import speaking
from recordroom.search.searcher import Searcher

MOST = 10_000  # proposed records that are looked at for a page
LATER_DATE = "later date"  # in addition to the keys of EXCLUSIONS
_SOME = 1_000  # records of one request
_FIELDS = ("record_id", "series", "series_decided", "eligible_on", "retention_trigger", "on_hold")


@dataclass(slots=True)
class ProposalChanges:
    """The proposed records that have a reason against them now."""

    records: int = 0
    reasons: Counter[str] = field(default_factory=Counter)  # key of EXCLUSIONS, or LATER_DATE -> records
    is_known: bool = True  # False: more than MOST are proposed, and none was looked at


def find_changes(searcher: Searcher, proposal: DispositionProposal, viewer: Viewer) -> ProposalChanges:
    """Return which of the proposed records that the viewer may see have a reason against them now.

    DerivedDamaged if the list cannot be read; ServiceUnavailable if Elasticsearch is away.
    """
    with open_rows(searcher, proposal, viewer) as rows:
        listed = [(row["account"], row["record_id"]) for row in rows.sample(MOST + 1)]
    if len(listed) > MOST:
        return ProposalChanges(is_known=False)
    state, found = searcher.retention.now(), ProposalChanges()
    ids, everything = proposals.list_objected({proposal.id: proposal})
    ids |= proposals.list_objected(state.proposals)[0]
    quarantined = viewer.quarantine.records.keys() if viewer.sees_quarantine else ()
    for fields in _read_fields(searcher, listed):
        reasons = set(_list_reasons(fields, state, clock.today()))
        if everything or fields["record_id"] in ids:
            reasons.add(why.OBJECTION)
        if fields["record_id"] in quarantined:
            reasons.add(why.QUARANTINE)
        if proposal.subject.one_time_list:
            reasons -= {*REPLACED_BY_LIST, LATER_DATE}
        found.records += bool(reasons)
        found.reasons.update(reasons)
    return found


def _read_fields(searcher: Searcher, listed: Sequence[tuple[str, str]]) -> Iterator[Mapping[str, Any]]:
    for begin in range(0, len(listed), _SOME):
        some = set(listed[begin : begin + _SOME])
        where = [
            {"term": {"current": True}},
            {"terms": {"record_id": [record_id for _, record_id in some]}},
        ]
        body = {"size": 10 * _SOME, "query": {"bool": {"filter": where}}, "_source": [*_FIELDS, "account"]}
        with speaking():
            hits = searcher.client.search(index=searcher.alias, body=body)["hits"]["hits"]
        for hit in hits:  # the record may be in other accounts too
            if (hit["_source"]["account"], hit["_source"]["record_id"]) in some:
                yield hit["_source"]


def _list_reasons(fields: Mapping[str, Any], state: RetentionState, today: date) -> Iterator[str]:
    series, eligible_on = fields.get("series"), fields.get("eligible_on")
    rule: Rule | None = state.policy.rules.get(series or "")
    tests = {
        why.ON_HOLD: fields.get("on_hold"),
        why.UNDECIDED: series is None,
        why.PROVISIONAL: series is not None and not fields.get("series_decided"),
        why.UNREVIEWED: series is not None and (rule is None or rule.unreviewed),
        why.PERMANENT: rule is not None and rule.is_permanent,
        why.ARCHIVAL: rule is not None and rule.is_archival,
        why.ON_PLATFORM: fields.get("retention_trigger") in (PUBLISHED, NOT_WITHDRAWN),
        LATER_DATE: eligible_on is not None and eligible_on > today.isoformat(),
    }
    yield from (name for name, applies in tests.items() if applies)
