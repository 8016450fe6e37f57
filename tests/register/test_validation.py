"""The register is read, or every problem is named with its line.

That is so whatever its file contains.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from recordroom.canonical import encode_canonical
from recordroom.errors import RegisterError, UsageError
from recordroom.register import validation
from recordroom.register.models import ERROR, REASONS, WARNING, Explanation, Register

PLATFORMS = ("mastodon", "wordpress")
HEAD = ["agency:", "  id: esd", "  name: Cascade Valley", "  contact: records@example.org", "accounts:"]
ENTRY: dict[str, str] = {
    "id": "news",
    "platform": "wordpress",
    "url": "https://news.example.org/",
    "title": "News",
    "class": "official",
    "owner": "Communications",
    "approved_by": "A. Person",
    "approved_on": "2026-01-31",
    "approval_evidence": "memo 7",
    "terms_reviewed_by": "Counsel",
    "terms_reviewed_on": "2026-02-01",
    "token_holder": "A. Person",
    "backup_holder": "B. Person",
    "series": "GS2016-009",
    "opened_on": "2020-01-01",
    "confidential": "false",
}


BLOG = ENTRY | {"id": "blog", "url": "https://blog.example.org/"}


def lines(*entries: dict[str, str]) -> list[str]:
    body = [
        f"{'  - ' if n == 0 else '    '}{name}: {value}"
        for entry in entries
        for n, (name, value) in enumerate(entry.items())
    ]
    return [*HEAD, *body]


def load(folder: Path, text: str | bytes) -> Register:
    path = folder / "accounts.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    return validation.load_register(path, PLATFORMS)


def errors(register: Register) -> list[tuple[str, str, int]]:
    return [(p.account, p.field, p.line) for p in register.problems if p.level == ERROR]


ADDRESSES = {"mastodon": (r"^/@\w+$", "https://<instance>/@<name>")}


@pytest.mark.parametrize(
    ("change", "field", "words", "mend"),
    [
        (
            {"platform": "mastodon", "url": "https://social.example.org/about"},
            "url",
            "is not the address of an account",
            "/@<name>",
        ),
        (
            {"url": "https://ann:hunter2@news.example.org/"},
            "url",
            "must not contain a user name or password",
            "change that password",
        ),
        (
            {"api_url": "https://ann@news.example.org/"},
            "api_url",
            "must not contain a user name or password",
            "connection",
        ),
        (
            {"formerly": "['https://old.example.org', 'https://[']"},
            "formerly.1",
            "is not a web address",
            "https://host/path",
        ),
        (
            {"closed_on": "2019-12-31"},
            "closed_on",
            "before it was opened (2020-01-01)",
            "Correct one of them",
        ),
        ({"title": "'  '"}, "title", "is not allowed here", "Fill it in"),
        ({"owner": "'\t'"}, "owner", "is not allowed here", "Fill it in"),
        (
            {"formerly": "https://old.example.org"},
            "formerly",
            "must be a list or nothing",
            "Correct the value",
        ),
        ({"monthly_cap": "'20'"}, "monthly_cap", "must be a whole number or nothing", "Correct the value"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_mend(
    change: dict[str, str], field: str, words: str, mend: str, tmp_path: Path
) -> None:
    entry = ENTRY | change
    path = tmp_path / "accounts.yaml"
    path.write_text("\n".join(lines(entry, BLOG)))
    register = validation.load_register(path, PLATFORMS, addresses=ADDRESSES)
    [problem] = register.problems
    name = field.partition(".")[0]
    assert (problem.account, problem.field, problem.level) == ("news", field, ERROR)
    assert problem.line == len(HEAD) + 1 + list(entry).index(name)
    assert words in problem.message
    assert mend in problem.mend
    assert "hunter2" not in problem.message + problem.mend
    assert [a.id for a in register.accounts] == ["blog"]


def test_what_is_missing_is_told_once(tmp_path: Path) -> None:
    register = load(tmp_path, "\n".join([*HEAD, "  - id: news", "    platform: wordpress"]))
    assert [f for _, f, _ in errors(register)] == ["url", "title", "class", "owner"]


def test_a_sound_register_has_no_problem(tmp_path: Path) -> None:
    register = load(tmp_path, "\n".join(lines(ENTRY, BLOG)))
    assert register.problems == ()
    assert [a.id for a in register.accounts] == ["news", "blog"]
    assert register.account("blog").approved_on == "2026-01-31"
    assert register.raw[0] == register.raw[1] | {"id": "news", "url": ENTRY["url"]}
    with pytest.raises(UsageError, match="no account 'other'"):
        register.account("other")


WRONG: dict[str, list[str]] = {
    "id": ["News", "a b", "''", "7", "-x", "é", "x" * 64, '"a\\n"', "[a]", "null", "true"],
    "platform": ["myspace", "7", "''", "null"],
    "url": [
        "news.example.org",
        "ftp://x",
        "https://",
        "http://[::1",
        "https://x:99999/",
        "https://x:x/",
        "https:// x",
        '"https://x\\n"',
        "7",
    ],
    "title": ["''", "null", "7", "[]"],
    "class": ["Official", "none", "null"],
    "owner": ["''", "null", "{a: b}"],
    "approved_on": ["2026-02-30", "yesterday", "2026-1-1", "20260101", "2026-01-01T00:00:00Z", "7"],
    "opened_on": ["2026-13-01", "2026-W01-1"],
    "confidential": ["'yes'", "1", "null"],
    "approved_by": ["7", "[]"],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in WRONG.items() for value in values]
)
def test_a_wrong_value_stops_its_own_account_and_is_named_with_its_line(
    tmp_path: Path, field: str, value: str
) -> None:
    wrong = ENTRY | {"id": "wrong"} | {field: value}
    register = load(tmp_path, "\n".join(lines(ENTRY, wrong, ENTRY | {"id": "last"})))
    line = len(HEAD) + len(ENTRY) + list(wrong).index(field) + 1
    assert {(f, at) for _, f, at in errors(register)} == {(field, line)}
    assert [a.id for a in register.accounts] == ["news", "last"]
    [stopped] = register.stopped
    assert field == "id" or stopped == "wrong"
    with pytest.raises(RegisterError, match="has errors"):
        register.account(stopped)


@pytest.mark.parametrize("field", ["id", "platform", "url", "title", "class", "owner"])
def test_what_is_missing_is_named_with_the_line_of_its_entry(tmp_path: Path, field: str) -> None:
    lacking = {k: v for k, v in (ENTRY | {"id": "lacking"}).items() if k != field}
    register = load(tmp_path, "\n".join(lines(ENTRY, lacking)))
    name = "entry 2" if field == "id" else "lacking"
    assert errors(register) == [(name, field, len(HEAD) + len(ENTRY) + 1)]
    assert register.stopped == (name,)
    assert [a.id for a in register.accounts] == ["news"]


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    one = ENTRY | {"colour": "red", "class": "x"}
    two = {k: v for k, v in ENTRY.items() if k not in ("title", "series")} | {"url": "x", "class": "program"}
    register = load(tmp_path, "\n".join(lines(one, two)))
    assert sorted(f for _, f, _ in errors(register)) == ["class", "colour", "id", "title", "url"]
    warnings = [p for p in register.problems if p.level == WARNING]
    assert {p.field for p in warnings} == {"series", "justification"}
    assert all(p.mend and p.message and p.file.endswith("accounts.yaml") for p in register.problems)
    assert register.accounts == ()


def test_warnings_stop_nothing(tmp_path: Path) -> None:
    bare = {k: ENTRY[k] for k in ("id", "platform", "url", "title", "class", "owner")}
    register = load(tmp_path, "\n".join(lines(bare)))
    assert {p.field for p in register.problems} == {
        "approved_by",
        "terms_reviewed_by",
        "token_holder",
        "series",
    }
    assert [a.id for a in register.accounts] == ["news"]
    assert len(register.warnings("news")) == 4


def test_nobody_is_asked_who_renews_the_access_of_an_account_that_nobody_captures(tmp_path: Path) -> None:
    register = load(
        tmp_path,
        "\n".join(lines({k: v for k, v in ENTRY.items() if k != "token_holder"} | {"import_only": "true"})),
    )
    assert "token_holder" not in {p.field for p in register.problems}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("capture", "private messages of wordpress cannot be captured"),
        ("Captured.", "'Captured.' would end the gap without capturing anything"),
        ("the site receives none", ""),
        ("captured every month by hand", ""),
    ],
)
def test_private_messages_are_not_said_to_be_captured_where_nothing_captures_them(
    tmp_path: Path, told: str, words: str
) -> None:
    path = tmp_path / "accounts.yaml"
    path.write_text("\n".join(lines(ENTRY | {"private_messages": told})))
    register = validation.load_register(path, PLATFORMS, messages=["mastodon"])
    assert [p.message for p in register.problems if p.level == ERROR] == ([words] if words else [])
    toots = ENTRY | {"platform": "mastodon", "private_messages": "capture"}
    path.write_text("\n".join(lines(toots)))
    [account] = validation.load_register(path, PLATFORMS, messages=["mastodon"]).accounts
    assert account.reads_messages


def test_an_account_that_nobody_captures_may_have_an_address_that_no_api_knows(tmp_path: Path) -> None:
    """LinkedIn gives downloads to members alone, and its API pages of organizations alone.

    No such download had an account to go to.
    """
    path = tmp_path / "accounts.yaml"
    member = ENTRY | {"platform": "mastodon", "url": "https://social.example.org/in/director"}
    wanted: list[tuple[dict[str, str], bool]] = [
        ({}, False),
        ({"import_only": "false"}, False),
        ({"import_only": "true"}, True),
    ]
    for more, sound in wanted:
        path.write_text("\n".join(lines(member | more)))
        register = validation.load_register(path, PLATFORMS, addresses=ADDRESSES)
        assert [p.field for p in register.problems if p.level == ERROR] == ([] if sound else ["url"])


def test_an_account_that_nobody_captures_cannot_have_its_messages_captured(tmp_path: Path) -> None:
    path = tmp_path / "accounts.yaml"
    path.write_text(
        "\n".join(
            lines(ENTRY | {"platform": "mastodon", "import_only": "true", "private_messages": "capture"})
        )
    )
    register = validation.load_register(path, PLATFORMS, messages=["mastodon"])
    assert [p.message for p in register.problems if p.level == ERROR] == [
        "an account with import_only is never captured"
    ]


@pytest.mark.parametrize("reason", ["messages-missed", "posts-missed", "not-captured", "platform-limit"])
@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ("{until: 2026-11-20, why: downloaded by hand}", []),
        ("{until: 2026-11-20}", [".why"]),
        ("{until: 2026-11-20, why: ' '}", [".why"]),
        ("{until: soon, why: downloaded by hand}", [".until", ".until"]),
        ("{until: 2999-01-01, why: downloaded by hand}", [".until"]),
        ("{until: 2026-11-20, why: downloaded by hand, lacks: 3}", [".lacks"]),
        ("downloaded by hand", [""]),
    ],
)
def test_what_no_capture_can_close_is_explained_up_to_a_day(
    tmp_path: Path, reason: str, told: str, wrong: list[str]
) -> None:
    register = load(tmp_path, "\n".join(lines(ENTRY | {"explained": f"{{{reason}: {told}}}"})))
    assert [p.field for p in register.problems if p.level == ERROR] == [
        f"explained.{reason}{part}" for part in wrong
    ]
    assert [a.explained for a in register.accounts] == (
        [] if wrong else [{reason: Explanation("2026-11-20", "downloaded by hand")}]
    )


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ("lacking: 12, ", []),
        ("", [".lacking"]),
        ("lacking: 0, ", [".lacking"]),
        ("lacking: '12', ", [".lacking"]),
        ("lacking: true, ", [".lacking"]),
        ("lacking: 1.5, ", [".lacking"]),
    ],
)
def test_counts_that_differ_are_explained_with_their_number(
    tmp_path: Path, told: str, wrong: list[str]
) -> None:
    said = f"{{counts-differ: {{until: 2026-11-20, {told}why: removed before they were seen}}}}"
    register = load(tmp_path, "\n".join(lines(ENTRY | {"explained": said})))
    assert [p.field for p in register.problems if p.level == ERROR] == [
        f"explained.counts-differ{part}" for part in wrong
    ]
    expected = Explanation("2026-11-20", "removed before they were seen", 12)
    assert [a.explained for a in register.accounts] == ([] if wrong else [{"counts-differ": expected}])


@pytest.mark.parametrize(
    "reason", ["capture-failed", "torn-evidence", "register-error", "import-rejects", "private-messages", "7"]
)
def test_what_a_person_cannot_explain_is_named_with_what_they_can(tmp_path: Path, reason: str) -> None:
    path = tmp_path / "accounts.yaml"
    path.write_text(
        "\n".join([*lines(ENTRY), "    explained:", f"      {reason}: {{until: 2026-11-20, why: so}}"])
    )
    [problem] = validation.load_register(path, PLATFORMS).problems
    assert (problem.account, problem.field, problem.level) == ("news", f"explained.{reason}", ERROR)
    assert problem.line == len(HEAD) + len(ENTRY) + 2
    assert f"no explanation can end a gap '{reason}'" in problem.message
    assert all(known in problem.mend for known in (*REASONS, "private_messages"))


@pytest.mark.parametrize("told", ["", "{}"])
def test_an_account_may_have_nothing_to_explain(tmp_path: Path, told: str) -> None:
    [account] = load(tmp_path, "\n".join(lines(ENTRY | {"explained": told}))).accounts
    assert account.explained == {}


def test_an_id_that_stands_twice_stops_both(tmp_path: Path) -> None:
    register = load(tmp_path, "\n".join(lines(ENTRY, ENTRY, ENTRY | {"id": "other"})))
    assert errors(register) == [("news", "id", len(HEAD) + len(ENTRY) + 1)]
    assert [a.id for a in register.accounts] == ["other"]


@pytest.mark.parametrize(
    ("change", "warned"),
    [
        ({}, True),
        ({"url": "http://NEWS.example.org"}, True),
        ({"url": "https://news.example.org/sports"}, False),
        ({"url": "https://news.example.org/?cat=2"}, False),
        ({"platform": "mastodon"}, False),
        ({"closed_on": "2026-01-31"}, False),
    ],
)
def test_an_address_that_stands_twice_is_a_warning(
    tmp_path: Path, change: dict[str, str], warned: bool
) -> None:
    twin = ENTRY | {"id": "twin"} | change
    register = load(tmp_path, "\n".join(lines(ENTRY, twin)))
    line = len(HEAD) + len(ENTRY) + list(twin).index("url") + 1
    assert [(p.account, p.field, p.line, p.level) for p in register.problems] == (
        [("twin", "url", line, WARNING)] if warned else []
    )
    assert [a.id for a in register.accounts] == ["news", "twin"]
    if warned:
        [problem] = register.problems
        assert f"the same address as news in line {len(HEAD) + 3}" in problem.message
        assert "closed_on" in problem.mend


def test_an_id_of_another_platform_is_not_used_again() -> None:
    data = {
        "agency": {"id": "esd", "name": "x", "contact": "a@b"},
        "accounts": [{**ENTRY, "confidential": False}],
    }
    assert [
        p.field for p in validation.check_register(data, PLATFORMS, used={"news": "mastodon"}).problems
    ] == ["id"]
    assert validation.check_register(data, PLATFORMS, used={"news": "wordpress"}).problems == ()


@pytest.mark.parametrize("where", range(len(ENTRY)))
def test_a_key_that_stands_twice_is_an_error_with_both_lines(tmp_path: Path, where: int) -> None:
    """PyYAML silently uses the last one: the first would be without effect."""
    text = lines(ENTRY)
    key, first = list(ENTRY)[where], len(HEAD) + where + 1
    text.append(f"    {key}: another")
    with pytest.raises(
        RegisterError,
        match=rf"line {len(text)}, column 5: not YAML: the key '{key}' appears twice, first in line {first}",
    ):
        load(tmp_path, "\n".join(text))


@pytest.mark.parametrize(
    ("line", "wrong", "words"),
    [
        (2, "  id: [", "line"),
        (3, "\tname: x", "line 3"),
        (4, '  contact: "\\ud83d"', "contact"),
        (4, "  contact: María <maria@example.org>", "contact"),
        (4, "  phone: 1", "phone"),
        (5, "accounts: 7", "accounts"),
        (5, "accounts: !!set {a}", "line 5"),
        (5, "accounts: &a [*a]", "line 5"),
        (5, "accounts: !!python/object:os.system {}", "line 5"),
        (2, "  id: Not An Id", "agency.id"),
        (2, "  id: \x01", "line 2"),
        (2, "  id: 1.0e+999", "line 2"),
        (2, '  id: "\\UFFFFFFFF"', "line 2"),
        (2, f"  id: {'9' * 5000}", "line 2"),
    ],
)
def test_what_concerns_the_whole_file_is_one_failure_with_its_place(
    tmp_path: Path, line: int, wrong: str, words: str
) -> None:
    text = lines(ENTRY) if line < 5 else list(HEAD)
    text[line - 1] = wrong
    with pytest.raises(RegisterError) as caught:
        load(tmp_path, "\n".join(text))
    assert words in str(caught.value)
    assert "last valid register stays in force" in caught.value.mend


def test_a_file_that_blows_itself_up_is_refused(tmp_path: Path) -> None:
    bomb = ["a: &a [1,1,1,1,1,1,1,1,1]"] + [
        f"{c}: &{c} [{','.join([f'*{chr(ord(c) - 1)}'] * 9)}]" for c in "bcdefghi"
    ]
    for text in ("\n".join(bomb), "accounts: " + "[" * 5000, "? " * 5000):
        with pytest.raises(RegisterError):
            load(tmp_path, text)
    with pytest.raises(RegisterError, match="cannot be read"):
        load(tmp_path, b"\xff\xfe")
    with pytest.raises(RegisterError, match="cannot be read"):
        validation.load_register(tmp_path / "none.yaml", PLATFORMS)


def test_anchors_and_merges_are_welcome(tmp_path: Path) -> None:
    shared = [
        *HEAD,
        "  - &news",
        *("    " + line.strip().removeprefix("- ") for line in lines(ENTRY)[len(HEAD) :]),
    ]
    register = load(
        tmp_path,
        "\n".join(
            [*shared, "  - <<: *news", "    id: blog", "    url: https://blog.example.org", "    title: Blog"]
        ),
    )
    assert register.problems == ()
    assert [(a.id, a.title, a.owner) for a in register.accounts] == [
        ("news", "News", "Communications"),
        ("blog", "Blog", "Communications"),
    ]


MARKS = [
    "- ",
    ": ",
    "\n",
    "  ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    "&a",
    "*a",
    "<<",
    "? ",
    "!!",
    "|",
    ">",
    "'",
    '"',
    "#",
    "---",
    "%",
    "\\",
]
PIECES = st.sampled_from([*MARKS, "null", "2026-02-30"]) | st.text(max_size=4)


def read_or_named(folder: Path, text: str) -> Register | None:
    """None where the file as a whole is refused, in words."""
    try:
        return load(folder, text)
    except RegisterError as problem:
        return None if problem.message and problem.mend else pytest.fail("without words")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 12), PIECES), min_size=1, max_size=4))
@example([(0, 700, "")])
@example([(120, 0, "\n---\n")])
def test_whatever_is_done_to_the_file_it_is_read_or_named(
    tmp_path: Path, edits: list[tuple[int, int, str]]
) -> None:
    text = "\n".join(lines(ENTRY, ENTRY | {"id": "blog"}))
    for place, length, piece in edits:
        text = text[:place] + piece + text[place + length :]
    register = read_or_named(tmp_path, text)
    if register is None:
        return
    count = len(text.splitlines()) + 1
    assert all(1 <= p.line <= count for p in register.problems)
    assert json.loads(encode_canonical(register.raw)) == register.raw, "the ledger can keep it"
    stopped = {p.account for p in register.problems if p.level == ERROR}
    assert not stopped & {a.id for a in register.accounts}


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
KEYS = st.sampled_from([*ENTRY, "agency", "accounts", "x"])
TREE = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TREE)
def test_whatever_yaml_it_is_it_is_read_or_named(tmp_path: Path, data: Any) -> None:
    agency = {"id": "esd", "name": "x", "contact": "a@b.c"}
    for whole in (
        data,
        {"agency": agency, "accounts": data},
        {"agency": agency, "accounts": [data]},
        {"accounts": [], "agency": data},
    ):
        read_or_named(tmp_path, yaml.safe_dump(whole))
