"""The documents say what is so: links lead somewhere, commands and settings exist, examples are right, the
first account can be captured.

A fenced `bash` block is something to type: each of its commands is checked against the Makefile or the
command's own --help. None of these tests needs a service: `make check` runs them. The six lines of the quick
start are run in tests/e2e/test_first_account.py.
"""

from __future__ import annotations

import ast
import doctest
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.generate.__main__ import DOCS
from docs.generate.__main__ import PAGES as GENERATED
from docs.generate.commands import load_commands
from infra.local.support.place import REPOSITORY
from recordroom import platforms, settings
from recordroom.archive.gaps import FAILED, OF_A_CAPTURE, OF_CAPTURES, WHOLE
from recordroom.canonical import encode_canonical, sha256, version_of
from recordroom.capture.file_import.run import REJECTS
from recordroom.capture.register_ledger import REASON
from recordroom.cli import connect
from recordroom.errors import FAILURES_OF_CAPTURES, QueryError, UnexpectedResponse, UsageError
from recordroom.model import SCHEMAS
from recordroom.platforms.contract import KnownRecord, Window
from recordroom.platforms.registry import list_names, load
from recordroom.register import validation
from recordroom.rights import ROLES, Right
from recordroom.search.query.query import read
from recordroom.web.help_site import CHAPTERS
from tests.platforms.scripted import Answer, Scripted, account
from tests.verifier.agreement import BODIES, schema

PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")])
BIN = Path(sys.executable).parent
IDS = [str(p.relative_to(REPOSITORY)) for p in PAGES]
FORMAT = REPOSITORY / "docs/reference/archive-format.md"
each_page = pytest.mark.parametrize("page", PAGES, ids=IDS)


def fences(page: Path, language: str) -> list[str]:
    """The page's fenced blocks of a language, also those within lists."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for _, block in found]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^( *)```.*?^\1```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


# -- links
# ------------------------------------------------------------------------------------------------------------


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith("https://"):
            continue
        path, _, heading = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{target} is not there"
        assert not heading or heading in headings(file), f"{target}: no such heading"


def test_each_chapter_of_the_room_is_a_page() -> None:
    for chapter in CHAPTERS.values():
        path, _, heading = chapter.partition("#")
        page = (DOCS / path).with_suffix(".md")
        assert page.exists(), chapter
        assert not heading or heading in headings(page), chapter


def headings(page: Path) -> set[str]:
    """As GitHub names them in addresses."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_each_platform_has_a_page() -> None:
    assert {p.stem for p in REPOSITORY.glob("docs/platforms/*.md")} == {*list_names(), "index"}


NO_PERSON = (
    r"no credential that is bound to no person|bound to no person.*recommended|Recommended.*bound to no"
    r" person"
)


@pytest.mark.parametrize("name", list_names())
def test_each_platforms_page_says_all_that_an_operator_has_to_know(name: str) -> None:
    """A page has what is captured and what never is, access step by step, limits with sources, and failures.

    It also has what was not verified, and what counsel must weigh; no part is empty. Numbers of limits that
    the code uses are those of the page. A credential that outlives its creator is recommended, or the page
    says that there is none.
    """
    page = (REPOSITORY / f"docs/platforms/{name}.md").read_text("utf-8")
    parts = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n)*)", page, re.MULTILINE))
    for title in (
        "What is captured",
        "What .* never gives",
        "Set up",
        "Limits",
        "When it fails",
        "Not checked|Checked, and not",
        "For counsel",
    ):
        assert any(words.strip() for heading, words in parts.items() if re.match(title, heading)), title
    assert re.search(r"^1\. ", parts["Set up"], re.MULTILINE), "step by step"
    assert re.search(NO_PERSON, " ".join(parts["Set up"].split())), "whom the credential is bound to"
    assert re.search(
        r"\*\*Dead (token|password)\*\*|no token that could die", " ".join(parts["When it fails"].split())
    )
    assert {"terms_reviewed_by", "terms_reviewed_on"} <= set(re.findall(r"`(\w+)`", parts["For counsel"]))
    told = next(words for heading, words in parts.items() if heading.startswith("Limits"))
    limit = load(name).PLATFORM.budget
    assert limit is None or limit.value is None or f"{limit.value:,}" in told


@pytest.mark.parametrize("name", GENERATED)
def test_generated_pages_are_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == GENERATED[name](), "`make docs` writes it"


def test_the_table_of_rights_is_that_of_the_code() -> None:
    rows = re.findall(
        r"^\| `(Records.*?)` \|(.*)\|$",
        (REPOSITORY / "docs/reference/permissions.md").read_text("utf-8"),
        re.MULTILINE,
    )
    told = {right: [cell.strip() == "yes" for cell in cells.split("|")] for right, cells in rows}
    assert told == {right.value: [right in rights for rights in ROLES.values()] for right in Right}


def told_queries() -> list[tuple[str, str]]:
    """Return (query, meaning) of each row in the tables of the query syntax that are headed `you write`."""
    page = (REPOSITORY / "docs/reference/query-syntax.md").read_text("utf-8")
    tables = re.findall(r"^\| you write \|.*\n\|[-| ]+\n((?:\|.*\n)+)", page, re.MULTILINE)
    return re.findall(r"^\| `([^`]+)` \| (.*) \|$", "".join(tables), re.MULTILINE)


@pytest.mark.parametrize(("query", "meaning"), told_queries())
def test_each_query_of_the_reference_is_read_or_refused_as_it_says(query: str, meaning: str) -> None:
    if not meaning.startswith("refused"):
        assert read(query).understood
        return
    with pytest.raises(QueryError) as refused:
        read(query)
    if proposed := re.search(r"correction is `([^`]+)`|`([^`]+)` is proposed", meaning):
        assert (proposed[1] or proposed[2]) in refused.value.suggestion


def test_the_address_that_a_consent_comes_back_to_is_told_before_an_app_is_made() -> None:
    """An app's settings ask for it, and without the app's id and secret `connect` prints nothing."""
    assert f"`{connect.DEFAULT}`" in (REPOSITORY / "docs/admin/accounts.md").read_text("utf-8")


# -- settings
# ------------------------------------------------------------------------------------------------------------


@each_page
def test_settings_exist(page: Path) -> None:
    known = {
        field.alias or f"{settings.PREFIX}{name.upper()}"
        for name, field in settings.Settings.model_fields.items()
    } | settings.OTHERS
    assert set(re.findall(r"RECORDROOM_[A-Z0-9_]+\b(?!`? variables)", page.read_text("utf-8"))) <= known


# -- commands
# ------------------------------------------------------------------------------------------------------------


def commands(page: Path) -> Iterator[list[str]]:
    """The words of each command that a page tells people to type, in fenced blocks and (of recordroom and
    make) within sentences.
    """
    for block in fences(page, "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            while words and (words[0] == "export" or re.match(r"[A-Z_]+=", words[0])):
                words = words[1:]
            if words:
                yield words
    for words in re.findall(r"`((?:\.venv/bin/)?recordroom [a-z][^`]*|make [a-z]+[^`]*)`", prose(page)):
        yield shlex.split(words.replace("<", "").replace(">", ""))


@each_page
def test_commands_exist(page: Path, tmp_path: Path) -> None:
    for words in commands(page):
        program, given = words[0].removeprefix(".venv/bin/"), {w for w in words if w.startswith("--")}
        if program == "make":
            assert {w for w in words[1:] if "=" not in w} <= targets(), words
        elif program == "recordroom":
            verb = next((v for v in (" ".join(words[1:n]) for n in (4, 3, 2)) if v in verbs()), "")
            assert verb, words
            assert given <= verbs()[verb], words
        else:
            assert program == "airflow", f"{words}: unknown to this test; is it something to type?"
            assert given <= airflow_options(words[1:3], tmp_path), words


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))


@cache
def verbs() -> dict[str, set[str]]:
    """verb -> its options."""
    return {
        name: {"--help", *(o for p in verb.params for o in p.opts)} for name, verb in load_commands().items()
    }


def airflow_options(verb: list[str], home: Path) -> set[str]:
    environment = os.environ | {"AIRFLOW_HOME": str(home), "COLUMNS": "200", "TERM": "dumb"}
    done = subprocess.run(
        [BIN / "airflow", *verb, "--help"], env=environment, capture_output=True, text=True, check=True
    )
    return set(re.findall(r"--[a-z-]+", done.stdout))


# -- the register, and the first account
# ------------------------------------------------------------------------------------------------------------

REGISTER = REPOSITORY / "infra/accounts.yaml"


def test_the_agencys_register_is_valid_and_empty() -> None:
    register = validation.load_register(REGISTER, list_names())
    assert (register.accounts, register.problems) == ((), ())


def test_its_examples_are_whole(tmp_path: Path) -> None:
    text = REGISTER.read_text("utf-8").replace("accounts: []", "accounts:")
    head, _, examples = text.partition("accounts:\n")
    told = "\n".join(line[2:] for line in examples.splitlines() if line.startswith("#  "))
    (tmp_path / "accounts.yaml").write_text(f"{head}accounts:\n{told}\n")
    register = validation.load_register(tmp_path / "accounts.yaml", list_names())
    assert register.problems == ()
    assert [a.class_ for a in register.accounts] == ["official", "program", "individual"]


QUICK_START = REPOSITORY / "docs/admin/quick-start.md"


def first_account() -> dict[str, Any]:
    """The register as the quick start says to write it."""
    entry = next(f for f in fences(QUICK_START, "yaml") if f.startswith("accounts:"))
    data: dict[str, Any] = yaml.safe_load(REGISTER.read_text("utf-8").replace("accounts: []\n", entry))
    return data


def six_lines() -> str:
    """The lines of the quick start that capture a first account."""
    [script] = [block for block in fences(QUICK_START, "bash") if "export RECORDROOM_REGISTER" in block]
    assert len(script.splitlines()) == 6
    return script


def test_the_first_account_of_the_quick_start_is_valid() -> None:
    register = validation.check_register(first_account(), list_names())
    assert [a.id for a in register.accounts] == ["district-blog"]


# -- words for what goes wrong
# ------------------------------------------------------------------------------------------------------------


def literal_headings(page: Path) -> list[str]:
    """The literals with which the page's headings of the third level begin."""
    return re.findall(r"^### `([^`]+)`", page.read_text("utf-8"), re.MULTILINE)


def test_each_gap_reason_is_explained() -> None:
    failures = {f"{FAILED}{failure.code}" for failure in FAILURES_OF_CAPTURES}
    others = {f"{FAILED}<type>{WHOLE}", REASON, f"{REJECTS}<file>", *OF_CAPTURES}
    others |= {f"{reason}<capture>" for reason in OF_A_CAPTURE}
    assert set(literal_headings(REPOSITORY / "docs/admin/gaps.md")) == failures | others
    specified = FORMAT.read_text("utf-8").partition("### 10.3")[2].partition("### ")[0]
    assert set(re.findall(r"^\| `([^`]+)`", specified, re.MULTILINE)) == {f"{FAILED}<type>"} | others


def test_each_alarm_is_worded_as_the_code_words_it() -> None:
    code = "".join(p.read_text("utf-8") for p in (REPOSITORY / "plugins/recordroom").rglob("*.py"))
    page = REPOSITORY / "docs/admin/alarms.md"
    also = re.findall(r"^Also: (.+)$", page.read_text("utf-8"), re.MULTILINE)
    alarms = [*literal_headings(page), *re.findall(r"`([^`]+)`", "\n".join(also))]
    assert len(alarms) > 25
    for alarm in alarms:
        longest = max(re.split(r"<[^>]+>|: ", alarm), key=len)
        assert longest.strip(". ") in code, alarm


# -- the archive format
# ------------------------------------------------------------------------------------------------------------


def test_the_examples_of_the_format_are_right() -> None:
    chain, content, metadata, manifest, quarantine, anchor, row = fences(FORMAT, "json")
    previous = None
    for number, line in enumerate(chain.splitlines(), 1):
        entry = json.loads(line)
        assert encode_canonical(entry) == line.encode()
        assert (entry["number"], entry["previous"]) == (number, previous)
        previous = sha256(line.encode())
    rooted = {k: v for k, v in json.loads(anchor)["body"].items() if k != "root"}
    assert json.loads(anchor)["body"]["root"] == sha256(encode_canonical(rooted))
    assert encode_canonical(json.loads(quarantine)) == quarantine.strip().encode()
    for line in (*chain.splitlines(), quarantine, anchor):
        entry = json.loads(line)
        assert schema("entry").problem(entry) is None
        assert schema(BODIES[entry["ledger"]]).problem(entry["body"]) is None
    assert schema("manifest").problem(json.loads(manifest)) is None
    version = sha256(content.strip().encode())
    assert f"`{version}`" in FORMAT.read_text("utf-8")
    told = json.loads(row)
    pictures = [{"alt_text": None, **m} for m in told["media"]]
    assert (
        told["version"]
        == version
        == version_of({**dict.fromkeys(("title", "text"), None), **told, "media": pictures})
    )
    assert encode_canonical(told) == row.strip().encode()
    assert encode_canonical(json.loads(metadata)) == metadata.strip().encode()


def list_fields(part: dict[str, Any], defs: dict[str, Any], path: str = "") -> dict[str, bool]:
    """Return each field of a JSON Schema and whether it may be absent.

    `a.b` is a field of an object, `a[].b` one in a list, `a.*.b` one below any key of an object.
    """
    part = defs[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
    found: dict[str, bool] = {}
    for name, one in part.get("properties", {}).items():
        inner = f"{path}.{name}" if path else name
        found |= {inner: name not in part.get("required", ())} | list_fields(one, defs, inner)
    for one in (*part.get("anyOf", ()), *part.get("oneOf", ())):
        found |= list_fields(one, defs, path)
    if isinstance(items := part.get("items"), dict):
        found |= list_fields(items, defs, f"{path}[]")
    if isinstance(others := part.get("additionalProperties"), dict):
        found |= list_fields(others, defs, f"{path}.*")
    return found


def section(start: str, end: str) -> str:
    """Return the part of the format's page between two headings."""
    return FORMAT.read_text("utf-8").partition(f"\n{start} ")[2].partition(f"\n{end} ")[0]


def listed_fields(part: str) -> dict[str, bool]:
    """Return the fields in the first cells of the tables that are headed `field`; True: marked as optional."""
    tables = re.findall(r"^\| field \|.*\n\|[-| ]+\n((?:\|.*\n?)+)", part, re.MULTILINE)
    cells = [line.split(" | ")[0] for table in tables for line in table.splitlines()]
    return {name: bool(mark) for cell in cells for name, mark in re.findall(r"`([^`]+)`(?: (\?))?", cell)}


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("entry", "### 5.1", "### 5.2"),
        ("manifest", "### 9.3", "### 9.8"),
        ("manifest#delta", "### 9.8", "### 9.9"),
        ("register", "### 10.1", "### 10.2"),
        ("gap", "### 10.2", "### 10.3"),
        ("audit", "### 10.4", "### 10.5"),
        ("quarantine", "### 10.5", "### 10.6"),
        ("anchor", "### 10.6", "### 10.7"),
        ("format", "### 10.8", "## 11."),
    ],
)
def test_the_format_lists_exactly_the_fields_of_the_schemas(name: str, start: str, end: str) -> None:
    name, _, part = name.partition("#")
    schema_ = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    defs = schema_.get("$defs", {})
    expected, listed = list_fields(defs[part] if part else schema_, defs), listed_fields(section(start, end))
    if (
        name == "manifest" and not part
    ):  # deltas have a table of their own, and whole tables are of optional fields
        expected = {field: optional for field, optional in expected.items() if "deltas[]" not in field}
        expected |= {field: listed.get(field, True) for field in expected if "." not in field}
    assert listed == expected


@pytest.mark.parametrize("name", ["entry", "manifest", "register"])
def test_the_format_names_each_value_of_the_schemas(name: str) -> None:
    text, page = (SCHEMAS / f"{name}.schema.json").read_text("utf-8"), FORMAT.read_text("utf-8")
    values = {
        v for found in re.findall(r'"enum":\s*\[([^\]]*)\]', text) for v in re.findall(r'"([^"]+)"', found)
    }
    assert values
    assert not [value for value in sorted(values) if f"`{value}`" not in page]


def _named_in_the_walk() -> list[tuple[str, str]]:
    """Return each (file or folder, name) of the tables in docs/develop/code-walk.md."""
    page = (REPOSITORY / "docs/develop/code-walk.md").read_text("utf-8")
    rows = re.findall(r"^\| (?:\d+ \| (\S+) \| (.*?) \||[^|]* \| (.*?) \|$)", page, re.MULTILINE)
    found = []
    for file, terms, places in rows:
        if file:
            found += [(file.strip("`"), name) for name in re.findall(r"`([^`]+)`", terms) or [""]]
        else:
            found += [(place, "") for place in re.findall(r"`([^`]+)`", places) if "/" in place]
    return found


@pytest.mark.parametrize(("place", "name"), _named_in_the_walk())
def test_the_walk_through_the_code_names_what_exists(place: str, name: str) -> None:
    paths = [
        path
        for folder in (REPOSITORY / "plugins/recordroom", REPOSITORY)
        for path in sorted(folder.glob(re.sub(r"<\w+>", "*", place).rstrip("/")))
    ]
    assert paths, f"there is no {place}"
    files = [file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])]
    defined = re.compile(rf"^\s*(?:def|class) {name}\b|^{name}\b.* =", re.MULTILINE)
    assert not name or any(defined.search(file.read_text("utf-8")) for file in files), f"no {name} in {place}"


def test_docstrings_and_comments_name_files_that_exist() -> None:
    folders = ("plugins", "infra", "dags", "tests", "docs")
    files = {
        p.relative_to(REPOSITORY).as_posix() for one in folders for p in (REPOSITORY / one).rglob("*.py")
    }
    package = [Path("plugins/recordroom"), Path("plugins/recordroom/platforms")]
    missing = []
    for name in sorted(name for name in files if name.startswith(("plugins", "infra", "dags"))):
        text, here = (REPOSITORY / name).read_text("utf-8"), Path(name).parent
        said = [doc for node in ast.walk(ast.parse(text)) if (doc := _docstring(node))]
        said += re.findall(r"^[^\"']*#(.*)$", text, re.MULTILINE)
        bases = [Path(), here, here.parent, *package, Path("infra"), Path("infra/sandbox")]
        named = re.findall(r"(?<![\w/<>.*-])((?:[\w-]+/)*[\w-]+\.py)\b", "\n".join(said))
        missing += [
            f"{name} names {one}"
            for one in named
            if not any((base / one).as_posix() in files for base in bases)
        ]
    assert not missing


def _docstring(node: ast.AST) -> str | None:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return ast.get_docstring(node)
    return None


EXAMPLES = sorted(
    path
    for path in (REPOSITORY / "plugins").rglob("*.py")
    if re.search(r"^\s*>>> ", path.read_text("utf-8"), re.MULTILINE)
)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_in_docstrings_are_right(path: Path) -> None:
    module = import_module(".".join(path.relative_to(REPOSITORY / "plugins").with_suffix("").parts))
    failed, ran = doctest.testmod(module)
    assert ran
    assert not failed


# -- the example of docs/develop/adding-a-platform.md
# ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def townsquare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The connector of the page, loaded as a package of recordroom.platforms."""
    for code in fences(REPOSITORY / "docs/develop/adding-a-platform.md", "python"):
        name = re.match(r"# (\S+)\n", code)
        assert name, "each block begins with its file"
        file = tmp_path / name[1]
        file.parent.mkdir(exist_ok=True)
        file.write_text(code.partition("\n")[2], "utf-8")
    monkeypatch.setattr(platforms, "__path__", [*platforms.__path__, str(tmp_path)])
    yield import_module("recordroom.platforms.townsquare")
    for loaded in [name for name in sys.modules if name.startswith("recordroom.platforms.townsquare")]:
        del sys.modules[loaded]


def test_the_example_of_a_connector_works(townsquare: Any) -> None:
    us = {"id": "7", "name": "district", "title": "District"}
    parent = {"id": "8", "name": "ana", "title": None}
    shared = {"created_at": "2026-11-20T18:00:00Z", "text": "Snow", "likes_count": 0}
    posts = [
        shared | {"id": str(n), "url": f"https://townsquare.example/posts/{n}", "author": us, "images": []}
        for n in (1, 2)
    ]
    comment: dict[str, Any] = {
        "id": "5",
        "post_id": "1",
        "reply_to": None,
        "created_at": "2026-11-21T18:00:00Z",
    }
    comment |= {"text": "Thanks", "author": parent, "hidden": True}
    pages = {
        "/me": us | {"about": "Schools", "posts_count": 2, "followers_count": 9},
        "/posts?limit=50": {"items": [posts[0] | {"comments_count": 1}], "next": "b"},
        "/posts?limit=50&cursor=b": {"items": [posts[1] | {"comments_count": 0}], "next": None},
        "/posts/1/comments?limit=50": {"items": [comment], "next": None},
        "/posts/1": posts[0] | {"comments_count": 1},
        "/comments/5": comment,
    }

    def answer(url: str) -> Answer:
        page = pages.get(url.partition("/v1")[2])
        return Answer({"error": "not found"}, 404) if page is None else Answer(page)

    client = Scripted(answer, {"token": "t"})
    entry = account("townsquare", "https://townsquare.example/@district")
    known = entry.with_identity(townsquare.identify(entry, client))
    exchanges = list(townsquare.fetch(known, Window("full"), client))
    order = ["/me", "/posts?limit=50", "/posts/1/comments?limit=50", "/posts?limit=50&cursor=b"]
    assert [url.partition("/v1")[2] for url in client.asked[1:]] == order
    found = {record.record_id: record for one in exchanges for record in townsquare.parse(one)}
    assert {name: (record.kind, record.status) for name, record in found.items()} == {
        "townsquare:accounts/7": ("profile", "visible"),
        "townsquare:posts/1": ("post", "visible"),
        "townsquare:posts/2": ("post", "visible"),
        "townsquare:comments/5": ("comment", "hidden"),
    }
    assert not any(record.leftover for record in found.values())
    for number, one in enumerate(exchanges):
        rest = townsquare.fetch(known, Window("full", cursor=one.cursor), client)
        again = [r.record_id for e in [*exchanges[: number + 1], *rest] for r in townsquare.parse(e)]
        assert sorted(again) == sorted(found), number
    window = Window("one", url="https://townsquare.example/posts/1")
    one = [r.record_id for e in townsquare.fetch(known, window, client) for r in townsquare.parse(e)]
    assert one == ["townsquare:accounts/7", "townsquare:posts/1", "townsquare:comments/5"]
    gone = KnownRecord("townsquare:posts/3", "3", "post")
    [absence] = townsquare.lookup(known, [gone], client)
    assert (absence.record_id, absence.status) == ("townsquare:posts/3", "unavailable")
    assert townsquare.totals(known, client).kinds == {"own": 2}
    with pytest.raises(UsageError, match="cannot be seen"):
        list(townsquare.fetch(known, Window("one", url="https://townsquare.example/posts/3"), client))
    with pytest.raises(UnexpectedResponse):  # a proxy's 404 removes nothing
        list(townsquare.lookup(known, [gone], Scripted(lambda _: Answer("<html>", 404), {"token": "t"})))
    bare = {name: value for name, value in posts[0].items() if name != "text"} | {"comments_count": 0}
    [untitled] = townsquare.parse(townsquare.saved(json.dumps(bare).encode(), None, None))
    assert untitled.text == ""
