"""`recordroom retention import`: what is read from published sentences, and what stays null.

published_core.json has the shape of the State Archives' API. The sentences of series GS... are those that are
known; the series TEST-... are made up.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom.errors import RetentionError
from recordroom.retention import published
from recordroom.retention.checks import check_files
from recordroom.retention.models import (
    APPRAISE,
    DESTROY,
    EVENT,
    LIFE_OF_AGENCY,
    NO_LONGER_NEEDED,
    PERMANENT,
    PROVIDED,
    RETAIN,
    TRANSFER,
    Period,
)
from recordroom.retention.policy_file import SCHEDULE
from recordroom.retention.published import Reading, read_response, read_sentence
from recordroom.schema_errors import find_schema_errors
from recordroom.yaml_file import read_yaml
from tests.running import recordroom

SAVED = Path(__file__).with_name("published_core.json")
TODAY = date(2026, 12, 1)
REQUIRED = ("--id", "core", "--version", "5.0", "--effective-on", "2024-10-02")
TWO_YEARS, SIX_YEARS = Period(years=2), Period(years=6)
NOTHING = Reading()
ARCHIVES = "Transfer to Washington State Archives for appraisal and selective retention"


def response(*series: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A response of the API with these series, or with the saved ones."""
    whole: dict[str, Any] = json.loads(SAVED.read_text("utf-8"))
    if series:
        first = whole["returnValue"]["localSchedules"][0]
        whole["returnValue"]["localSchedules"] = [first | one for one in series]
    return whole | more


def write_proposal(saved: dict[str, Any]) -> str:
    schedule = read_response(json.dumps(saved).encode())
    proposal = published.propose(
        schedule, id_="core", version="5.0", effective_on=date(2024, 10, 2), as_of=TODAY
    )
    return published.write_yaml(proposal)


def read_back(path: Path, text: str) -> dict[str, Any]:
    path.write_text(text, "utf-8", newline="")
    found: dict[str, Any] = read_yaml(path, SCHEDULE)[0]
    return found


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "Retain for 2 years after communication received or provided, whichever is later, then Destroy.",
            Reading(PROVIDED, None, TWO_YEARS, DESTROY),
        ),
        (
            f"Retain for 2 years after received or provided, whichever is later\n   then\n{ARCHIVES}",
            Reading(PROVIDED, None, TWO_YEARS, APPRAISE),
        ),
        (
            "Retain until no longer needed for agency business then Destroy",
            Reading(None, None, Period(named=NO_LONGER_NEEDED), DESTROY),
        ),
        ("Retain for the life of the agency", Reading(None, None, Period(named=LIFE_OF_AGENCY), RETAIN)),
        ("PERMANENT.", Reading(None, None, Period(named=PERMANENT), RETAIN)),
        ("Retain for 6 years after resolved, then destroy", Reading(EVENT, "resolved", SIX_YEARS, DESTROY)),
        (
            "Retain for 1 year and 6 months after end of fiscal year, then Transfer to Washington State Archives.",
            Reading(EVENT, "end of fiscal year", Period(years=1, months=6), TRANSFER),
        ),
        (
            "6 years after claim closed or appeal ended, whichever is later, then destroy",
            Reading(EVENT, "claim closed or appeal ended, whichever is later", SIX_YEARS, DESTROY),
        ),
        # only the trigger is not certain
        ("6 years, then appraisal", Reading(None, None, SIX_YEARS, APPRAISE)),
        ("6 years after resolved or recovery, then destroy", Reading(None, None, SIX_YEARS, DESTROY)),
        ("2 years after the earlier of filing and hearing, then destroy", Reading(None, None, TWO_YEARS, DESTROY)),
        ("Retain for 6 years after resolved.", Reading(EVENT, "resolved", SIX_YEARS, None)),
        # contradictions
        ("Permanent, then destroy", Reading(None, None, Period(named=PERMANENT), None)),
    ],
)  # fmt: skip
def test_a_clear_sentence_is_read(sentence: str, expected: Reading) -> None:
    assert read_sentence(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "Retain for 2 years after contract ends or 6 years after last payment, whichever is later, then Destroy.",
        "Retain for 2 years after filing, then review, then Destroy.",
        "Retain for 2 years, then retain for 4 more years.",
        "Retain for 2 years after filing, then Destroy, unless historic.",
        "Retain for 2 years after filing and permanently thereafter, then Destroy.",
        "Retain for 2 years after filing or until audited, then Destroy.",
        "Retain for 2 years after six years, then Destroy.",
        "Retain for 2 years after filing and a further decade, then Destroy.",
        "Retain for 2 years after filing; originals permanent",
        "Retain for 2 years after filing. Then Destroy.",
        "Retain for a minimum of 2 years after filing, then Destroy.",
        "Retain for 2 years (6 years for minors) after filing, then Destroy.",
        "Retain for 2 years and 3 years after filing, then Destroy.",
        "Retain for 0 years after filing, then Destroy.",
        "Retain for 501 years after filing, then Destroy.",
        "Retain for 1,000 years after filing, then Destroy.",
        "Retain for 2.5 years after filing, then Destroy.",
        "Retain for ٢ years after filing, then Destroy.",
        "If not archival, retain for 2 years after filing, then Destroy.",
        "Retain until superseded, then Destroy.",
        "Retain until no longer needed or 6 years, then Destroy.",
        "Retain for 2 years after filing, whichever is sooner, then Destroy.",
        f"Retain for 2 years after {'filing ' * 200}, then Destroy.",
    ],
)
def test_a_sentence_that_is_not_understood_completely_says_nothing(sentence: str) -> None:
    assert read_sentence(sentence) == NOTHING


# An oracle of its own: every length and every endless word that a text contains.
_DAYS = {"year": 366, "month": 31, "day": 1}
_LENGTHS = re.compile(r"([0-9]+)\s+(year|month|day)s?", re.IGNORECASE)
_PIECES = st.sampled_from(
    (
        "Retain", "for", "2 years", "6 years", "1 year", "18 months", "90 days", "after", "then", ", then",
        "and then", "Destroy", "Destroy.", "or", "and", "and", "until", "no longer needed",
        "for agency business", "permanent", "permanently", "the life of the agency", "life of agency",
        "received or provided", ", whichever is later", ", whichever is sooner", "filing", "end of fiscal year",
        "Transfer to Washington State Archives", "for appraisal and selective retention", "unless", "(", ")",
        ";", ".", "\n", "plus", "of", "not", "fiscal",
    )
)  # fmt: skip
_TEXTS = st.one_of(
    st.text(), st.lists(_PIECES, max_size=14).map(" ".join),
    st.tuples(
        st.just("Retain for 2 years after filing"), st.lists(_PIECES, max_size=3).map(" ".join),
        st.sampled_from(("", ", then Destroy.")),
    ).map(" ".join),
)  # fmt: skip


@given(_TEXTS)
def test_no_text_gives_a_shorter_period_than_it_says(text: str) -> None:
    found = read_sentence(text)
    if found.period is None:
        assert found == NOTHING
        return
    period = found.period
    said = sum(int(number) * _DAYS[unit.lower()] for number, unit in _LENGTHS.findall(text))
    endless = re.search(r"permanent|life of", text, re.IGNORECASE)
    assert period.is_endless or not endless
    assert period.years * 366 + period.months * 31 + period.days >= said
    assert period.named != NO_LONGER_NEEDED or not said
    assert found.action != DESTROY or (not period.is_endless and "destroy" in text.lower())


@given(_TEXTS, st.text(), st.sampled_from(("", "Non-Archival", "Archival", "Archival (Permanent Retention)")))
def test_any_text_gives_a_schedule_without_errors(
    tmp_path_factory: pytest.TempPathFactory, sentence: str, category: str, archival: str
) -> None:
    odd = {
        "primaryCopyRetention": sentence,
        "seriesTitleDescription": f"Title\n{category}",
        "category": {"categoryName": category},
        "archival": archival,
    }
    folder = tmp_path_factory.getbasetemp()
    data = read_back(folder / "any.yaml", write_proposal(response(odd)))
    assert list(find_schema_errors("retention-schedule.schema.json", data)) == []
    [series] = data["series"]
    kept = sentence.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert series["retention"] == (kept if sentence.strip() else None), "verbatim"
    agency = folder / "agency.yaml"
    agency.write_text("schedules: [any.yaml]\nseries: []\n", "utf-8")
    assert check_files(agency, TODAY).problems == ()


def test_a_saved_response_gives_a_proposal(tmp_path: Path) -> None:
    out = tmp_path / "core-5.0.yaml"
    done = run("import", SAVED, *REQUIRED, "--as-of", "2026-11-30", "--out", out)
    assert (done.returncode, done.stdout) == (0, "")
    counts = "Of 13 series, recordroom read the trigger of 4, the period of 9, and the action of 8."
    assert counts in done.stderr
    assert "This is a proposal" in done.stderr
    text = out.read_text("utf-8")
    assert text.startswith("# A PROPOSAL")
    assert counts in text.split("format:")[0]
    data = read_yaml(out, SCHEDULE)[0]
    assert [data[name] for name in ("id", "version", "effective_on", "as_of")] == [
        "core", "5.0", "2024-10-02", "2026-11-30",
    ]  # fmt: skip
    series = {one["dan"]: one for one in data["series"]}
    posts = series["GS50-01-12"]
    assert (posts["revision"], posts["designation"]) == (3, "appraisal required")
    assert (posts["title"], posts["description"]) == (
        "Communications – Governing/Executive/Advisory", "Names social networking posts and comments.",
    )  # fmt: skip
    assert (posts["trigger"], posts["period"], posts["action"]) == (PROVIDED, {"years": 2}, APPRAISE)
    assert {(one["evidence"], one["words_from"]) for one in series.values()} == {("secondary", "5.0")}
    assert series["GS2010-001"]["category"] == "Agency Management – Administration (General)"
    assert (series["TEST-05"]["period"], series["TEST-05"]["action"]) == ({"years": 3}, None)
    assert series["TEST-06"]["retention"] is None
    saved = json.loads(SAVED.read_text("utf-8"))["returnValue"]["localSchedules"]
    assert [one["retention"] for one in data["series"]] == [one["primaryCopyRetention"] for one in saved]

    agency = tmp_path / "retention.yaml"
    agency.write_text("schedules: [core-5.0.yaml]\nseries: []\n", "utf-8")
    files = check_files(agency, TODAY)
    assert files.problems == ()
    assert not any(rule.gives_dates for rule in files.policy.rules.values()), "no person has confirmed one"

    again = run("import", SAVED, *REQUIRED, "--out", out)
    assert (again.returncode, "already exists" in again.stderr) == (2, True)
    assert out.read_text("utf-8") == text
    printed = run("import", SAVED, *REQUIRED, "--as-of", "Nov 30, 2026")
    assert printed.stdout == text


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    done = recordroom("retention", *words, environment={})
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize("missing", ["--id", "--version", "--effective-on"])
def test_what_the_response_does_not_have_is_required(missing: str) -> None:
    place = REQUIRED.index(missing)
    done = run("import", SAVED, *REQUIRED[:place], *REQUIRED[place + 2 :])
    assert (done.returncode, missing in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--id", "Core 5", "--id"),
        ("--version", " ", "--version"),
        ("--effective-on", "2024", "is not a day"),
        ("--as-of", "soon", "is not a day"),
        ("--out", "/nowhere/at/all.yaml", "cannot be written"),
    ],
)
def test_a_wrong_option_is_named(option: str, value: str, message: str) -> None:
    done = run("import", SAVED, *REQUIRED, option, value)
    assert (done.returncode, message in done.stderr, done.stdout) == (2, True, "")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    done = run("import", tmp_path / "nothing.json", *REQUIRED)
    assert (done.returncode, "nothing.json cannot be read" in done.stderr) == (2, True)
    wrong = tmp_path / "page.json"
    wrong.write_text("<html>", "utf-8")
    done = run("import", wrong, *REQUIRED)
    assert (done.returncode, "page.json: the file is not JSON" in done.stderr) == (1, True)


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.update(isValid=False, validationErrors={"id": ["unknown"]}), r"refused.*unknown"),
        (lambda r: r.update(isValid=False, validationErrors=None), "refused the request: no reason"),
        (lambda r: r.pop("isValid"), "is not a response"),
        (lambda r: r.update(returnValue=None), "has no series"),
        (lambda r: r["returnValue"].update(localSchedules=[]), "has no series"),
        (lambda r: r["returnValue"].update(localSchedules={"a": 1}), "has no series"),
        (lambda r: r["returnValue"].update(scheduleName=" "), "does not name its schedule"),
        (lambda r: r["returnValue"]["localSchedules"].insert(1, "x"), "item 2 of localSchedules is not a series"),
        (
            lambda r: r["returnValue"]["localSchedules"][1].update(dispositionAuthorityNumber="GS 1"),
            r"item 2 of localSchedules \(seriesID 7154\) has no valid disposition authority number: 'GS 1'",
        ),
        (lambda r: r["returnValue"]["localSchedules"][0].pop("dispositionAuthorityNumber"), "no valid disp"),
        (lambda r: r["returnValue"]["localSchedules"][0].update(seriesTitleDescription="\u202a"), "has no title"),
        (
            lambda r: r["returnValue"]["localSchedules"][1].update(dispositionAuthorityNumber="GS2010-001 Rev. 1"),
            "GS2010-001 occurs twice: seriesID 7153 and 7154",
        ),
    ],
)  # fmt: skip
def test_a_response_of_another_shape_is_refused(change: Change, message: str) -> None:
    whole = response()
    change(whole)
    with pytest.raises(RetentionError, match=message) as caught:
        read_response(json.dumps(whole).encode())
    assert caught.value.mend


@pytest.mark.parametrize(
    "saved", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"null", b"7", b'{"isValid": NaN}']
)
def test_anything_but_a_response_is_refused(saved: bytes) -> None:
    with pytest.raises(RetentionError) as caught:
        read_response(saved)
    assert caught.value.mend


def test_a_schedule_that_is_not_active_is_reported(tmp_path: Path) -> None:
    whole = response()
    whole["returnValue"]["isActive"] = False
    saved = tmp_path / "saved.json"
    saved.write_text(json.dumps(whole), "utf-8")
    done = run("import", saved, *REQUIRED)
    assert (done.returncode, "schedule is active" in done.stderr) == (0, True)
