"""The retention file and its schedules: what is shipped, and each mistake with its line and remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from recordroom.errors import RetentionError
from recordroom.model import SCHEMAS
from recordroom.register.models import ERROR, WARNING, Account
from recordroom.retention.checks import check_files
from recordroom.retention.models import NOT_SEEN, Period
from recordroom.retention.policy_file import PolicyFiles, RetentionProblem
from recordroom.settings import ROOT

TODAY = date(2026, 12, 1)
REVIEW = """
schedules: [core, k12]
series:
  - schedule: core
    version: "5.0"
    dan: GS50-01-12
    trigger: received or provided
    period: {years: 2}
    action: appraise
    reviewed_by: Ana Reyes, Records Officer
    reviewed_on: 2026-11-30
"""
Check = Callable[..., PolicyFiles]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Check a retention file with this text, next to further files."""

    def run(text: str, accounts: tuple[Account, ...] = (), today: date = TODAY, **files: str) -> PolicyFiles:
        path = tmp_path / "retention.yaml"
        path.write_text(text, "utf-8")
        for name, content in files.items():
            (tmp_path / f"{name}.yaml").write_text(content, "utf-8")
        return check_files(path, today, accounts)

    return run


def only(files: PolicyFiles) -> RetentionProblem:
    [problem] = files.problems
    return problem


def schedule(version: str, effective_on: str, series: str = "[]", id_: str = "local") -> str:
    head = f'format: 1\nid: {id_}\ntitle: Local\nversion: "{version}"\neffective_on: "{effective_on}"\n'
    return f'{head}source: Board\nas_of: "2026-11-24"\nseries: {series}\n'


def series(dan: str = "L1", **more: object) -> str:
    """One series of a schedule, as YAML in one line."""
    names = (
        "revision", "description", "category", "trigger", "event", "period", "action", "designation",
        "record_type", "essential", "retention", "words_from", "source",
    )  # fmt: skip
    found: dict[str, object] = dict.fromkeys(names)
    found |= {"dan": dan, "title": "Title", "evidence": NOT_SEEN} | more
    return yaml.safe_dump([found], default_flow_style=True, width=10_000).strip()


def test_what_is_shipped_is_valid_and_nothing_of_it_counts_as_reviewed() -> None:
    files = check_files(ROOT / "infra/retention.yaml", TODAY)
    assert files.problems == ()
    assert files.policy.in_force == {"core": "5.0", "k12": "9.1"}
    assert all(rule.unreviewed and not rule.gives_dates for rule in files.policy.rules.values())


def test_shipped_words_are_null_where_they_were_not_seen() -> None:
    core = yaml.safe_load((SCHEMAS / "retention/core.yaml").read_text("utf-8"))
    for one in core["series"]:
        if one["evidence"] == NOT_SEEN:
            assert not any(one[name] for name in ("trigger", "period", "action", "retention", "designation"))


def test_a_review_of_the_version_in_force_gives_a_rule(check: Check) -> None:
    files = check(REVIEW)
    assert files.problems == ()
    rule = files.policy.rules["GS50-01-12"]
    assert (rule.unreviewed, rule.gives_dates, rule.period) == ("", True, Period(years=2))
    assert rule.reviewed_by == "Ana Reyes, Records Officer"


def test_a_review_of_a_superseded_version_does_not_count(check: Check) -> None:
    files = check(REVIEW.replace("5.0", "4.0"))
    problem = only(files)
    assert (problem.level, problem.line, problem.field) == (WARNING, 5, "series.0.version")
    assert "version 5.0 is in force" in problem.message
    assert not files.policy.rules["GS50-01-12"].gives_dates


def test_the_newest_version_that_is_effective_is_in_force(check: Check) -> None:
    text = REVIEW.replace("[core, k12]", "[core, old.yaml, new.yaml]")
    more = {"old": schedule("1", "2020-01-01"), "new": schedule("2", "2027-01-01")}
    files = check(text, **more)
    assert files.policy.in_force == {"core": "5.0", "local": "1"}
    assert only(files).message == "version 2 of local takes effect on 2027-01-01"
    assert check(text, today=date(2027, 1, 1), **more).policy.in_force["local"] == "2"


def test_the_agencys_own_period_can_only_be_longer(check: Check) -> None:
    longer = REVIEW + "    agency_rule: {period: {years: 6}, reason: Board policy}\n"
    rule = check(longer).policy.rules["GS50-01-12"]
    assert (rule.period, rule.longer_because) == (Period(years=6), "Board policy")
    not_longer = ("{years: 2}", "{months: 18}", "{months: 24}", "{months: 23, days: 30}", "{days: 731}")
    for period in (*not_longer, "until no longer needed"):
        problem = only(check(longer.replace("{years: 6}", period)))
        assert (problem.level, problem.line) == (ERROR, 12)
        assert "is not longer" in problem.message


@pytest.mark.parametrize(
    ("one", "other", "is_longer"),
    [
        (Period(months=71), Period(years=6), False),
        (Period(months=72), Period(years=6), False),
        (Period(months=73), Period(years=6), True),
        (Period(days=732), Period(years=2), False),  # the end of a period is its last possible day
        (Period(days=733), Period(years=2), True),
        (Period(years=2, days=1), Period(months=24), True),
        (Period(years=3), Period(years=2, days=360), True),
        (Period(years=3), Period(years=2, days=366), False),
        (Period(years=500), Period(named="permanent"), False),
        (Period(named="life of the agency"), Period(years=500), True),
        (Period(days=1), Period(named="until no longer needed"), True),
        (Period(named="permanent"), Period(named="permanent"), False),
    ],
)
def test_a_period_is_longer_only_if_it_is_longer_from_every_day(
    one: Period, other: Period, is_longer: bool
) -> None:
    assert one.exceeds(other) == is_longer


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("{years: 2}", "{years: -1}", 8, "not allowed"),
        ("{years: 2}", "{years: 0}", 4, "no length"),
        ("{years: 2}", "{decades: 2}", 8, "not allowed"),
        ("{years: 2}", "forever", 8, "not allowed"),
        ("{years: 2}", "permanent", 4, "its action is appraise"),
        ("appraise", "retain permanently", 4, "its period ends"),
        ("appraise", "shred", 9, "is not one of"),
        ("appraise", "destroy", 9, "appraisal required"),
        ("period: {years: 2}", "period: null", 4, "does not confirm"),
        ("received or provided", "event", 4, "does not say which"),
        ("2026-11-30", "2027-11-30", 11, "in the future"),
        ("2026-11-30", "yesterday", 11, "is not a day"),
        ("GS50-01-12", "GS50-01-99", 6, "has no series"),
        ("schedule: core", "schedule: cities", 4, "no schedule 'cities'"),
        ("dan: GS50-01-12", "dan: GS50-01-12\n    dna: x", 7, "unknown key 'dna'"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_line_and_a_remedy(
    check: Check, old: str, new: str, line: int, message: str
) -> None:
    assert old in REVIEW
    problems = [one for one in check(REVIEW.replace(old, new)).problems if message in one.message]
    assert problems, check(REVIEW.replace(old, new)).problems
    assert (problems[0].line, problems[0].level) == (line, ERROR)
    assert problems[0].mend


def test_words_that_were_read_bind_a_review_of_the_same_version(check: Check) -> None:
    known = series("L1", trigger="received or provided", period={"years": 6}, action="destroy",
                   evidence="verbatim", words_from="1")  # fmt: skip
    text = REVIEW.replace("[core, k12]", "[local.yaml]").replace("core", "local").replace("5.0", "1")
    text = text.replace("GS50-01-12", "L1").replace("appraise", "destroy")
    problem = only(check(text, local=schedule("1", "2020-01-01", known)))
    assert (problem.level, problem.field) == (ERROR, "series.0.period")
    assert problem.message.endswith("another period: 6 years")
    guessed = known.replace("verbatim", "secondary")
    assert only(check(text, local=schedule("1", "2020-01-01", guessed))).level == WARNING


def test_a_series_with_a_new_number_is_named(check: Check) -> None:
    renamed = schedule("2", "2020-01-01", series("L2", formerly=["L1"]))
    text = REVIEW.replace("[core, k12]", "[local.yaml]").replace("core", "local").replace("5.0", "2")
    problem = only(check(text.replace("GS50-01-12", "L1"), local=renamed))
    assert (problem.level, problem.message) == (ERROR, "L1 has the number L2 now")
    rules = check(text.replace("GS50-01-12", "L2"), local=renamed).policy.rules
    assert rules["L1"] is rules["L2"]  # records that were classified under the earlier number


def test_a_series_that_the_file_of_the_schedule_lacks_needs_its_title(check: Check) -> None:
    text = REVIEW.replace("core", "k12", 2).replace("[k12, k12]", "[k12]").replace("5.0", "9.1")
    text = text.replace("GS50-01-12", "SD51-00-01")
    assert only(check(text)).message.endswith("has no series SD51-00-01")
    files = check(text.replace("    action", "    title: Announcements\n    action"))
    assert files.problems == ()
    assert files.policy.rules["SD51-00-01"].gives_dates


def test_a_review_without_a_reviewer_is_a_warning_and_gives_no_date(check: Check) -> None:
    files = check(REVIEW.replace("Ana Reyes, Records Officer", "null"))
    assert only(files).level == WARNING
    assert not files.policy.rules["GS50-01-12"].gives_dates


def test_a_series_of_the_register_without_a_reviewed_rule_is_a_warning(check: Check) -> None:
    account = Account("blog", "wordpress", "https://a.example", "Blog", "official", "Office", series="X1")
    assert only(check(REVIEW, (account,))).message.endswith("the series X1, which has no rule")
    other = replace(account, series="GS2010-001")
    assert "does not list this series" in only(check(REVIEW, (other,))).message
    assert (
        check(REVIEW, (replace(account, series=None), replace(account, series="GS50-01-12"))).problems == ()
    )


def test_a_one_time_list_has_an_id_of_its_own(check: Check) -> None:
    text = REVIEW + (
        "one_time_lists:\n  - {id: GS50-01-12, title: Old boxes, approved_on: 2026-10-01, source: Letter,"
        " records: ['x:1']}\n"
    )
    assert only(check(text)).line == 13
    assert check(text.replace("id: GS50-01-12", "id: LRC-1")).policy.one_time_lists[0].records == {"x:1"}


def test_a_series_that_is_reviewed_twice_is_an_error(check: Check) -> None:
    twice = REVIEW + REVIEW.split("series:\n")[1]
    assert only(check(twice)).message == "GS50-01-12 is reviewed twice"


def test_two_schedules_cannot_share_a_number(check: Check) -> None:
    text = REVIEW.replace("k12", "local.yaml")
    files = check(text, local=schedule("1", "2020-01-01", series("GS50-01-12")))
    assert only(files).message == "GS50-01-12 is also in the schedule core"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schedules: [nowhere]\nseries: []\n", "there is no retention schedule 'nowhere'"),
        ("schedules: [core\n", "not YAML"),
        ("series: [}", "not YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(check: Check, text: str, message: str) -> None:
    with pytest.raises(RetentionError, match=message) as caught:
        check(text)
    assert caught.value.mend


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RetentionError, match="the retention file cannot be read"):
        check_files(tmp_path / "retention.yaml", TODAY)
