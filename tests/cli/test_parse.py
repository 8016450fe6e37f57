"""`recordroom parse` reads saved responses in every form, and reports problems in words, file by file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recordroom.cli.parse import run
from recordroom.errors import UsageError

STATUS = json.loads(
    (Path(__file__).parents[1] / "platforms" / "mastodon" / "ordinary-saved.json").read_text("utf-8")
)
STATUS = STATUS[0] if isinstance(STATUS, list) else STATUS
URL = "https://social.example.org/api/v1/statuses/1"


def save(folder: Path, name: str, content: Any) -> Path:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return file


def told(
    capsys: pytest.CaptureFixture[bytes], *files: Path, **options: Any
) -> tuple[int, list[dict[str, Any]], str]:
    code = run(
        options.pop("platform", "mastodon"),
        list(files),
        **{"server": None, "url": None, "context": None, **options},
    )
    out, err = capsys.readouterr()
    return code, [json.loads(line) for line in out.splitlines()], err.decode()


def test_a_failure_ends_one_file_not_the_others(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    gone = save(
        tmp_path,
        "gone.json",
        {"url": URL, "status": 404, "headers": {}, "body": {"error": "Record not found"}},
    )
    page = save(tmp_path, "page.json", "<html>Sign in</html>")
    code, records, words = told(capsysbinary, gone, page, save(tmp_path, "good.json", STATUS))
    assert (code, len(records)) == (1, 1)
    assert "gone.json: AccountUnavailable" in words
    assert "page.json: UnexpectedResponse" in words


def test_headers_are_read_as_every_program_saves_them(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    reset = {"x-ratelimit-reset": "2026-08-01T13:55:00Z", "date": "Sat, 01 Aug 2026 13:50:00 GMT"}
    for headers in (reset, {k: [v] for k, v in reset.items()}, [list(pair) for pair in reset.items()]):
        file = save(
            tmp_path,
            "throttled.json",
            {"url": URL, "status": 429, "headers": headers, "body": {"error": "Too many requests"}},
        )
        code, _, words = told(capsysbinary, file)
        assert code == 1
        assert "Throttled" in words
        assert "until 2026-08-01 13:55 UTC" in words


@pytest.mark.parametrize("platform", ["wordpress", "mastodon", "bluesky", "feed"])
def test_a_failure_is_named_by_its_status_whatever_stands_in_its_body(
    platform: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = save(
        tmp_path,
        "answer.json",
        {"status": 429, "headers": {"Retry-After": "60"}, "body": "<html>Slow down</html>"},
    )
    code, records, words = told(capsysbinary, file, platform=platform)
    assert (code, records) == (1, [])
    assert "answer.json: Throttled" in words


def test_lone_surrogates_in_a_saved_body_are_repaired(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    odd = STATUS | {"content": "<p>Snow \ud83d</p>"}
    for body in (odd, json.dumps(odd), json.dumps(odd, ensure_ascii=False)):
        code, [record], _ = told(
            capsysbinary, save(tmp_path, "odd.json", {"url": URL, "status": 200, "headers": {}, "body": body})
        )
        assert (code, record["text"], record["repaired"]) == (0, "Snow \ufffd", True)


def test_an_id_given_as_a_number_is_the_same_id(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    context = json.dumps({"account": int(STATUS["account"]["id"])})
    _, [record], _ = told(capsysbinary, save(tmp_path, "status.json", STATUS), context=context)
    assert record["author_is_account"] is True


@pytest.mark.parametrize(
    "saved",
    [
        {"status": "abc", "body": ""},
        {"status": None, "body": ""},
        {"status": 200, "headers": ["a"], "body": ""},
        {"status": 200, "headers": "a: b", "body": ""},
        {"status": 200, "url": 5, "body": ""},
        {"status": 200, "url": "http://[bad", "body": ""},
    ],
)
def test_a_saved_answer_of_another_form_is_wrong_use(saved: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"odd\.json"):
        run("mastodon", [save(tmp_path, "odd.json", saved)])


def test_an_address_that_is_none_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--url"):
        run("mastodon", [save(tmp_path, "status.json", STATUS)], url="http://[bad")


@pytest.mark.parametrize("platform", ["wordpress", "mastodon", "bluesky", "feed"])
def test_whatever_is_no_answer_is_a_named_failure(
    platform: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    bodies = [
        "",
        "null",
        "5",
        '"x"',
        "[null]",
        "[[]]",
        "[5]",
        "{}",
        '{"a": NaN}',
        "[" * 100_000,
        "\x00",
        '{"error": "x"}',
        "<p>",
    ]
    files = [save(tmp_path, f"{number}.json", body) for number, body in enumerate(bodies)]
    code, records, words = told(capsysbinary, *files, platform=platform)
    assert (code, records) == (1, [])
    assert words.count("UnexpectedResponse") == len(files)
