"""Propose a schedule file from the series that the Washington State Archives publish.

The State Archives' open API states the retention of each series in one sentence. `read_sentence` reads what
the sentence says for certain. Everything else stays null, and a person reads the schedule: a guess could make
a period too short. The proposal has no effect before a person has confirmed its series in the agency's
retention file (rules.py).

The shape of a response, as a public repository quotes it (2026-11-30):

```
{"isValid": true, "validationErrors": {}, "returnValue": {
    "scheduleID": 3, "scheduleName": "CORE ...", "isActive": true, "localSchedules": [{
        "seriesID": 7153, "dispositionAuthorityNumber": "GS2010-001", "seriesTitleDescription": "...",
        "primaryCopyRetention": "Retain for 2 years after ... then Destroy.", "archival": "Non-Archival",
        "category": {"categoryName": "..."}}]}}
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from recordroom.canonical import sha256
from recordroom.errors import RetentionError
from recordroom.model import loads
from recordroom.retention.models import (
    APPRAISAL_REQUIRED,
    APPRAISE,
    ARCHIVAL,
    DESTROY,
    EVENT,
    LIFE_OF_AGENCY,
    NO_LONGER_NEEDED,
    NONARCHIVAL,
    PERMANENT,
    PROVIDED,
    RETAIN,
    SECONDARY,
    TRANSFER,
    Period,
)
from recordroom.text import CONTROL_CHARACTERS, replace_surrogates, to_one_line

_SAVE_AGAIN = "Save the response of the State Archives' API again, complete and unchanged."
_DAN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,62}?)(?:,? *Rev\. ?([0-9]{1,4}))?")  # `GS50-01-12 Rev. 3`
_DESIGNATIONS = {
    "archival": ARCHIVAL,
    "archival (appraisal required)": APPRAISAL_REQUIRED,
    "archival (permanent retention)": PERMANENT,
    "non-archival": NONARCHIVAL,
    "nonarchival": NONARCHIVAL,
}

LONGEST = 500  # characters of a sentence that is read
_FLAGS = re.IGNORECASE | re.ASCII
_THEN = re.compile(r",? (?:and )?then ", _FLAGS)
_ENDLESS = {
    LIFE_OF_AGENCY: re.compile(r"(?:retain )?(?:for )?(?:the )?life of (?:the )?agency", _FLAGS),
    PERMANENT: re.compile(r"(?:retain )?permanent(?:ly)?", _FLAGS),
}
_UNTIL = re.compile(r"(?:retain )?until no longer needed(?: for agency business)?", _FLAGS)
_LENGTH = r"[0-9]{1,3} (?:years?|months?|days?)"
_FOR = re.compile(rf"(?:retain )?(?:for )?({_LENGTH}(?: and {_LENGTH})*)(?: after (.+))?", _FLAGS)
_PROVIDED = re.compile(r"(?:communication )?(?:is )?received or provided, whichever is later", _FLAGS)
_ARCHIVES = r"transfer to (?:the )?(?:washington )?state archives"
_ACTIONS = {
    DESTROY: re.compile("destroy", _FLAGS),
    APPRAISE: re.compile(rf"{_ARCHIVES} for appraisal(?: and selective retention)?|apprais(?:e|al)", _FLAGS),
    TRANSFER: re.compile(rf"{_ARCHIVES}(?: for permanent retention)?", _FLAGS),
}
# An event in words: no number, and no punctuation that could begin another clause.
_WORDS = re.compile(r"[a-z]+(?:['/-][a-z]+)*(?: [a-z]+(?:['/-][a-z]+)*)*(?:, whichever is later)?", _FLAGS)
_YEAR_END = re.compile(r"\bend of (?:the )?(?:calendar|fiscal|school) year\b", _FLAGS)
# Words of a second period, a condition, or another disposition: with one of them the sentence is not read.
_SECOND_CLAUSE = re.compile(
    r"\b(?:years?|months?|weeks?|days?|decades?|century|fortnight|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|(?:thir|four|for|fif|six|seven|eigh|nine)(?:teen|ty)|twenty|hundred|thousand|dozen|half|once|twice"
    r"|permanent\w*|perpetu\w*|indefinite\w*|forever|always|life\w*|never"
    r"|until|unless|if|except\w*|provided that|but|when|while|minimum|maximum|least|most|plus|more|longer"
    r"|another|additional\w*|further|again|then|thereafter|afterwards|subject"
    r"|retain\w*|retention|keep|hold|destr\w*|dispos\w*|transfer\w*|apprais\w*|archiv\w*)\b",
    _FLAGS,
)
_UNCLEAR_EVENT = re.compile(r"\b(?:or|either|any|first|earlie\w*|soone\w*)\b", _FLAGS)
MOST_YEARS = 500  # that the schema allows


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sentence says for certain; None is not known."""

    trigger: str | None = None  # PROVIDED or EVENT
    event: str | None = None  # of EVENT, in the sentence's words
    period: Period | None = None
    action: str | None = None


def read_sentence(sentence: str) -> Reading:
    """Return what a sentence says for certain about trigger, period, and action.

    A sentence of which any part is not understood says nothing for certain: that part could lengthen the
    period or forbid the action. Only the trigger may stay open by itself.
    """
    line = to_one_line(sentence).removesuffix(".").rstrip()
    kept, *disposals = _THEN.split(line)
    action = next((a for a, form in _ACTIONS.items() if disposals and form.fullmatch(disposals[0])), None)
    if len(line) > LONGEST or len(disposals) > (action is not None):
        return Reading()
    for name, form in _ENDLESS.items():
        if form.fullmatch(kept):  # with a disposal, the sentence contradicts itself
            return Reading(period=Period(named=name), action=None if disposals else RETAIN)
    if _UNTIL.fullmatch(kept):
        return Reading(period=Period(named=NO_LONGER_NEEDED), action=action)
    found = _FOR.fullmatch(kept)
    period = _read_length(found[1]) if found else None
    return _read_event(found[2], period, action) if found and period else Reading()


def _read_length(text: str) -> Period | None:
    """Read `2 years and 6 months`."""
    parts = [part.split() for part in text.lower().split(" and ")]
    lengths = {unit.removesuffix("s"): int(number) for number, unit in parts}
    period = Period(lengths.get("year", 0), lengths.get("month", 0), lengths.get("day", 0))
    is_clear = len(lengths) == len(parts) and period != Period() and period.years <= MOST_YEARS
    return period if is_clear else None


def _read_event(event: str | None, period: Period, action: str | None) -> Reading:
    """Read the event after which the period begins."""
    if event is None:
        return Reading(period=period, action=action)
    if _PROVIDED.fullmatch(event):
        return Reading(PROVIDED, None, period, action)
    if not _WORDS.fullmatch(event) or _SECOND_CLAUSE.search(_YEAR_END.sub("", event)):
        return Reading()
    if _UNCLEAR_EVENT.search(event) and not event.lower().endswith(", whichever is later"):
        return Reading(period=period, action=action)
    return Reading(EVENT, event, period, action)


@dataclass(frozen=True, slots=True)
class PublishedSeries:
    """One series as published."""

    number: str  # seriesID, for people who look it up
    dan: str
    revision: int | None
    title: str
    description: str | None
    category: str | None
    sentence: str | None  # its retention, verbatim
    designation: str | None  # verbatim


@dataclass(frozen=True, slots=True)
class PublishedSchedule:
    """A schedule as published: the response has neither its version nor its effective date."""

    number: str  # scheduleID
    title: str
    is_active: bool
    series: tuple[PublishedSeries, ...]
    sha256: str  # of the saved response


@dataclass(frozen=True, slots=True)
class Proposal:
    """A schedule file that a person has to check."""

    data: dict[str, Any]  # the content, as schemas/retention-schedule.schema.json defines it
    counts: Mapping[str, int]  # trigger, period, action -> number of series of which it was read

    def describe(self) -> str:
        """Return how much was read, in words."""
        total, read = len(self.data["series"]), self.counts
        return (
            f"Of {total:,} series, recordroom read the trigger of {read['trigger']:,}, the period of"
            f" {read['period']:,}, and the action of {read['action']:,}. The rest is null."
        )


def read_response(saved: bytes) -> PublishedSchedule:
    """Read a saved response of the State Archives' API.

    RetentionError if it is not such a response, or a number occurs twice.
    """
    try:
        response = loads(saved)
    except (ValueError, RecursionError) as problem:
        reason = to_one_line(str(problem)) or type(problem).__name__
        raise RetentionError(f"the file is not JSON: {reason}", _SAVE_AGAIN) from problem
    if not isinstance(response, dict) or "isValid" not in response:
        raise RetentionError("the file has JSON, but is not a response of that API", _SAVE_AGAIN)
    if response["isValid"] is not True:
        reasons = to_one_line(str(response.get("validationErrors") or "no reason is given"))[:200]
        raise RetentionError(
            f"the State Archives refused the request: {reasons}",
            "Request the schedule again with a valid number, and save that response.",
        )
    schedule = response.get("returnValue")
    listed = schedule.get("localSchedules") if isinstance(schedule, dict) else None
    if not isinstance(schedule, dict) or not isinstance(listed, list) or not listed:
        raise RetentionError(
            "the response has no series (returnValue.localSchedules)",
            "Check the number of the schedule in the request, and save the response again.",
        )
    series = tuple(_read_series(one, place) for place, one in enumerate(listed, 1))
    _check_numbers(series)
    title = to_one_line(_find_text(schedule, "scheduleName") or "")
    if not title:
        raise RetentionError("the response does not name its schedule (scheduleName)", _SAVE_AGAIN)
    number = _describe_number(schedule.get("scheduleID"))
    active = schedule.get("isActive") is True
    return PublishedSchedule(number, title, active, series, sha256(saved))


def _read_series(data: Any, place: int) -> PublishedSeries:
    """place: counts from 1."""
    if not isinstance(data, dict):
        raise RetentionError(f"item {place} of localSchedules is not a series", _SAVE_AGAIN)
    where = f"item {place} of localSchedules (seriesID {_describe_number(data.get('seriesID'))})"
    number = to_one_line(_find_text(data, "dispositionAuthorityNumber") or "")
    dan = _DAN.fullmatch(number)
    if dan is None:
        mend = "Compare it with the published schedule, and correct dispositionAuthorityNumber in the file."
        raise RetentionError(f"{where} has no valid disposition authority number: {number[:80]!r}", mend)
    title, _, description = (_find_text(data, "seriesTitleDescription") or "").strip().partition("\n")
    if not to_one_line(title):
        mend = "Compare it with the published schedule, and correct seriesTitleDescription in the file."
        raise RetentionError(f"{where} has no title", mend)
    category = data.get("category")
    return PublishedSeries(
        _describe_number(data.get("seriesID")),
        dan[1],
        int(dan[2]) if dan[2] else None,
        to_one_line(title),
        description.strip() or None,
        to_one_line(_find_text(category, "categoryName") or "") or None
        if isinstance(category, dict)
        else None,
        _find_text(data, "primaryCopyRetention"),
        _find_text(data, "archival"),
    )


def _find_text(data: Mapping[str, Any], name: str) -> str | None:
    """Return a text that is not blank."""
    value = data.get(name)
    return replace_surrogates(value) if isinstance(value, str) and value.strip() else None


def _describe_number(value: Any) -> str:
    return str(value)[:40] if isinstance(value, int) and not isinstance(value, bool) else "not given"


def _check_numbers(series: Sequence[PublishedSeries]) -> None:
    seen: dict[str, PublishedSeries] = {}
    for one in series:
        other = seen.setdefault(one.dan, one)
        if other is not one:
            raise RetentionError(
                f"{one.dan} occurs twice: seriesID {other.number} and {one.number}",
                "Compare both with the published schedule, and remove the wrong one from the file.",
            )


def propose(
    published: PublishedSchedule, *, id_: str, version: str, effective_on: date, as_of: date
) -> Proposal:
    """Return a schedule file with what the sentences say for certain.

    id_, version, effective_on: of the schedule; the response does not have them.
    as_of: the day on which the response was saved.
    """
    series = [_propose_series(one, version, published.number) for one in published.series]
    counts = {name: sum(one[name] is not None for one in series) for name in ("trigger", "period", "action")}
    data = {
        "format": 1,
        "id": id_,
        "title": published.title,
        "version": version,
        "effective_on": effective_on.isoformat(),
        "source": (
            f"The open API of the Washington State Archives, schedule {published.number}: a saved response"
            f" with the SHA-256 {published.sha256}. recordroom read its sentences."
        ),
        "as_of": as_of.isoformat(),
        "series": series,
    }
    return Proposal(data, counts)


def _propose_series(one: PublishedSeries, version: str, schedule: str) -> dict[str, Any]:
    reading = read_sentence(one.sentence or "")
    named = to_one_line(one.designation or "").lower()
    designation, action = _DESIGNATIONS.get(named), reading.action
    if action == DESTROY and named and designation != NONARCHIVAL:
        action = None  # the designation forbids it, or may
    return {
        "dan": one.dan,
        "revision": one.revision,
        "title": one.title,
        "description": one.description,
        "category": one.category,
        "trigger": reading.trigger,
        "event": reading.event,
        "period": _write_period(reading.period),
        "action": action,
        "designation": designation,
        "record_type": None,
        "essential": None,
        "retention": one.sentence,
        "evidence": SECONDARY,
        "words_from": version,
        "source": f"The State Archives' open API, schedule {schedule}, seriesID {one.number}",
    }


def _write_period(period: Period | None) -> str | dict[str, int] | None:
    if period is None:
        return None
    if period.named:
        return period.named
    lengths = {"years": period.years, "months": period.months, "days": period.days}
    return {unit: number for unit, number in lengths.items() if number}


_COMMENT = """\
# A PROPOSAL, made by `recordroom retention import`. By itself it gives no record a date.
# {counts}
# A machine read the sentences in `retention`. Compare each series that the agency uses with the published
# schedule. Then confirm its trigger, period, and action in the agency's retention file.
"""


class _Dumper(yaml.SafeDumper):
    """A dumper whose output is read as the same text."""


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # Only between double quotes is a control character or a foreign line break escaped.
    style = '"' if CONTROL_CHARACTERS.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _represent_text)


def write_yaml(proposal: Proposal) -> str:
    """Return the text of the schedule file; a comment says that it is a proposal."""
    content = yaml.dump(
        proposal.data,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=120,
        default_flow_style=False,
    )
    return _COMMENT.format(counts=proposal.describe()) + content
