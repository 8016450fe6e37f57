"""Texts that archives hold may be reworded: each is compared by its code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import recordroom
from recordroom import stored_texts
from recordroom.archive.gaps import WHOLE, AccountGaps, Gaps, merge_windows
from recordroom.archive.media import is_failure, is_missing
from recordroom.coverage.account_status import simplify_reason
from recordroom.register.models import COUNTS_DIFFER, MASS_ABSENCE, PLATFORM_LIMIT, Explanation
from recordroom.stored_texts import TEXTS, code_of, meanings, text
from tests.archives import TestArchive, make
from tests.capture.stored_archives.accounts import entries_of
from tests.services import S3, Buckets

ARCHIVE = Path("tests/capture/stored_archives/2026-11.tar.xz")
ENOUGH = 20  # characters: a text is made of parts, and the longest one must be in the table
OF_FILES = [code for code in TEXTS if code.startswith("file-")]
OF_PARTS = [code for code in TEXTS if code.startswith(stored_texts.PART_CODE)]
OF_GAPS = [code for code in TEXTS if code not in {*OF_FILES, *OF_PARTS, *stored_texts.IGNORED}]
PARTS = {
    "status": "404",
    "units": "200",
    "why": "ReadTimeout: error 7",
    "number": "3",
    "years": "560 of 2024",
}
TOLD_AS_NUMBERS = {
    "counts-differ": f"{COUNTS_DIFFER}{WHOLE}",
    "mass-absence": MASS_ABSENCE,
    "mass-absence-confirmed": MASS_ABSENCE,
}


def said(code: str) -> str:
    """The text of today with something in each part."""
    parts = {
        name: PARTS.get(name, f"{name.strip('_')}5") for name in stored_texts._PART.findall(TEXTS[code][0])
    }
    return text(code, **parts)


def reword(monkeypatch: pytest.MonkeyPatch, *codes: str) -> None:
    """As somebody does who writes a new text before the old one: its parts in another order too."""
    for code in codes:
        parts = stored_texts._PART.findall(TEXTS[code][0])
        parts = [f"{{{name}}}" for name in reversed(parts)]
        end = " " if TEXTS[code][0].endswith(" ") else "."
        new = f"In plain words, {code.replace('-', ' ')}: {', then '.join(parts) or 'so it is'}{end}"
        monkeypatch.setitem(TEXTS, code, (new, *TEXTS[code]))


def constants() -> set[str]:
    """Every text in the code of the package."""
    modules = (ast.parse(path.read_text("utf-8")) for path in Path(recordroom.__path__[0]).rglob("*.py"))
    return {
        node.value
        for tree in modules
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_each_text_of_today_is_one_that_the_code_writes() -> None:
    """A connector with a new text that is not in the table would report an old gap as a new one."""
    written, missing = constants(), []
    for code, (today, *_) in TEXTS.items():
        longest = max(re.split(r"\{\w+\}", today), key=len)
        in_code = any(
            longest in one or (len(one.strip()) > ENOUGH and one.strip() in longest) for one in written
        )
        if code.removesuffix("-unless") not in written and not in_code:
            missing.append(f"{code}: {longest!r}")
    assert missing == []


def gap_details() -> Iterator[tuple[str, str]]:
    opened = (body for body in entries_of(ARCHIVE, "archive/ledger/gap/") if "reason" in body)
    yield from ((body["reason"].removesuffix(WHOLE).partition(":")[0], body["detail"]) for body in opened)


def test_what_the_stored_archive_says_is_known() -> None:
    """A text of today that somebody changes without keeping the old one is missing here."""
    compared = (MASS_ABSENCE, COUNTS_DIFFER, PLATFORM_LIMIT, "messages-missed")
    details = [(reason, detail) for reason, detail in gap_details() if reason in compared]
    assert {reason for reason, _ in details} == set(compared)
    assert [one for _, detail in details for one in meanings(detail) if not one[0]] == []
    files = {
        outcome["missing_reason"]
        for body in entries_of(ARCHIVE, "archive/ledger/capture/")
        for delta in body["deltas"]
        for outcome in delta.get("media", {}).values()
        if "missing_reason" in outcome
    }
    unfetched = ("not fetched", "too large", "not kept")
    assert {code_of(reason) for reason in files if reason.startswith(unfetched)} == {
        "file-answered", "file-empty", "file-failed", "file-other",
    }  # fmt: skip
    assert {reason for reason in files if not code_of(reason)} == {
        "TikTok gives no address of the file", "YouTube's API gives no video files",
    }  # fmt: skip


@pytest.mark.parametrize("code", OF_GAPS)
def test_a_gap_that_is_reworded_says_the_same(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old = said(code)
    assert code_of(old) == code
    reword(monkeypatch, code)
    new = said(code)
    assert new != old
    assert (code_of(old), code_of(new)) == (code, code)
    for numbers in (False, True):
        assert meanings(old, numbers=numbers) == meanings(new, numbers=numbers) != frozenset()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "the platform counts 3 more than we hold: 3 answers to 1 record (first: a)",
            "the platform counts 3 more than the archive has: 3 replies to 1 record (first: a)",
        ),
        (
            "the platform counts 1 more than we hold: 1 answer in 1 conversation, as last read",
            "the platform counts 1 more than the archive has: 1 reply in 1 conversation, when last read",
        ),
        *(
            (
                f"Vimeo does not tell whether 1 record (first: a) can still be seen: https://x.test {one}",
                f"Vimeo does not say whether 1 record (first: a) can still be seen: https://x.test {other}",
            )
            for one, other in (
                ("gave no whole answer in 3 tries (E: x)", "sent no complete response in 3 tries (E: x)"),
                ("answers with more than 9 bytes", "sent more than 9 bytes"),
            )
        ),
        (
            "x.test: the server only drips: 9 bytes in 30 s",
            "x.test: the server sent only 9 bytes in 30 s",
        ),
        (
            "x.test: a stands in it twice, with other content each time",
            "x.test: the response has a twice, with different content",
        ),
        (
            "the platform said nothing about 2 records that it was asked for (a, b)",
            "the platform's response does not mention 2 records that were requested (a, b)",
        ),
    ],
)
def test_parts_of_an_older_text_mean_the_same(old: str, new: str) -> None:
    """Numbers with their nouns, and messages of failures, are parts of texts."""
    for numbers in (False, True):
        assert meanings(old, numbers=numbers) == meanings(new, numbers=numbers)


def test_another_lack_says_something_else() -> None:
    one = said("x-posts")
    assert meanings(one) != meanings(said("x-mentions"))
    assert meanings(one) == meanings(one.replace("5", "6")) != meanings(f"{one}; {said('x-mentions')}")
    assert meanings(one, numbers=True) != meanings(one.replace("5", "6"), numbers=True)
    assert meanings("what no file lists here") != meanings("what no file lists there")
    year = text("facebook-year", years="560 of 2024")
    assert meanings(year) == meanings(year.replace("560", "570")) != meanings(year.replace("2024", "2025")), (
        "another year is missing again"
    )


def test_several_texts_of_a_gap_are_told_apart_whatever_their_order() -> None:
    texts = [said(code) for code in ("facebook-list", "conversations-not-given", "facebook-year", "see-page")]
    assert {code for code, *_ in meanings("; ".join(texts))} == {
        "facebook-list",
        "conversations-not-given",
        "facebook-year",
    }
    assert meanings("; ".join(texts)) == meanings("; ".join(reversed(texts)))


def test_what_linkedin_does_not_give_is_told_apart() -> None:
    some = " and ".join(said(code) for code in ("linkedin-files", "linkedin-mentions", "linkedin-empty"))
    found = meanings(f"LinkedIn gives {some}; docs/platforms/linkedin.md says what to do")
    assert {code for code, *_ in found} == {"linkedin-files", "linkedin-mentions", "linkedin-empty"}


@pytest.fixture(scope="module")
def archive(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> TestArchive:
    return make(s3, Buckets(), tmp_path_factory.mktemp("texts"))


def test_a_reworded_text_opens_no_gap_and_closes_the_same(
    archive: TestArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each text, told by one capture as it is and by the next one as it is reworded."""

    def gaps(account: str) -> AccountGaps:
        found = AccountGaps(archive.archive, archive.derived, account, ())
        found.reload()
        return found

    def number() -> int:
        return Gaps(archive.archive).load().number

    def tell(code: str) -> None:
        numbers = code in TOLD_AS_NUMBERS
        gaps(code).open_or_update(TOLD_AS_NUMBERS.get(code, PLATFORM_LIMIT), said(code), numbers=numbers)
        gaps(f"{code}-torn").extend("torn-evidence", said(code))
        gaps(f"{code}-missed").open_missed(
            "messages-missed: ", "20261101T000000Z-00000000", said(code), None, None, named=True
        )

    codes = [code for code in OF_GAPS if code not in ("told-anew", "register-says")]
    for code in codes:
        tell(code)
    before = number()
    assert before == 3 * len(codes)
    reword(monkeypatch, *OF_GAPS)
    for code in codes:
        tell(code)
    assert number() == before
    for code in codes:
        assert gaps(code).was_reported(
            TOLD_AS_NUMBERS.get(code, PLATFORM_LIMIT).removesuffix(WHOLE), said(code), lambda _: True
        )
        gaps(code).close(TOLD_AS_NUMBERS.get(code, PLATFORM_LIMIT), "capture 20261101T000000Z-00000000")
    assert number() == before + len(codes)


def test_what_the_register_said_before_it_was_reworded_is_still_its_word(
    archive: TestArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gap that the agency's word has closed opens again once that word is gone."""
    name, reason = "district", "messages-missed: 20261101T000000Z-00000000"
    gaps = AccountGaps(archive.archive, archive.derived, name, ())
    gaps.open(reason, said("x-messages-days"))
    gaps.settle("messages-missed: ", Explanation("2026-11-02", "kept in the mailbox"), lambda _: True)
    assert Gaps(archive.archive).open_now([name]) == []
    reword(monkeypatch, *OF_GAPS)
    later = AccountGaps(archive.archive, archive.derived, name, ())
    later.settle("messages-missed: ", None, lambda _: False)
    assert [gap.reason for gap in Gaps(archive.archive).open_now([name])] == [reason]


def test_a_lack_that_the_last_days_and_all_of_it_word_otherwise_is_told_once(
    archive: TestArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    gaps = AccountGaps(archive.archive, archive.derived, "twice", ())
    gaps.open(f"{PLATFORM_LIMIT}{WHOLE}", said("meta-list"))
    reword(monkeypatch, "meta-list")
    gaps.open(PLATFORM_LIMIT, said("meta-list"))
    [told] = merge_windows(Gaps(archive.archive).open_now(["twice"]))
    assert "of the last days" not in told.detail


@pytest.mark.parametrize("code", OF_FILES)
def test_why_a_file_is_missing_may_be_reworded(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old = said(code)
    before = (code, is_failure(old), is_missing(old))
    assert before[1], "the platform gives the file"
    reword(monkeypatch, code)
    assert said(code) != old
    for words in (old, said(code)):
        assert (code_of(words), is_failure(words), is_missing(words)) == before
    if code == "file-failed":
        assert simplify_reason(old) == simplify_reason(said(code)) == "the server did not respond in time"


@pytest.mark.parametrize("code", OF_GAPS)
def test_words_that_repeat_a_text_do_not_change_what_was_said(code: str) -> None:
    """A records officer explains a gap in its own words: it is still the register that says so."""
    assert code_of(text("register-says", why=said(code))) == "register-says"
    assert code_of(text("file-failed", why=said(code))) == "file-failed"


def test_part_of_more_than_a_thousand_characters_is_compared_as_text() -> None:
    """The time to compare a detail must not grow with the cube of its length."""
    long = text("untold", platform="Vimeo", records="3 records", _first="a", why="x" * 1001)
    assert [code for code, *_ in meanings(long)] == [""]
    assert [code for code, *_ in meanings(long.replace("x" * 501, ""))] == ["untold"]


@pytest.mark.parametrize("code", OF_PARTS)
def test_a_part_that_is_reworded_says_the_same_within_a_text(code: str) -> None:
    parts = dict.fromkeys(stored_texts._PART.findall(TEXTS[code][0]), "GET https://x.example/1: HTTP 404")
    new, *old = [one.format_map(parts) for one in TEXTS[code]]
    around = [one for one in TEXTS if "{why}" in TEXTS[one][0] and one in OF_GAPS]
    for outer in around:
        said_now = text(
            outer, **dict.fromkeys(stored_texts._PART.findall(TEXTS[outer][0]), "5") | {"why": new}
        )
        for one in old:
            assert meanings(said_now.replace(new, one)) == meanings(said_now), outer
        assert meanings(said_now.replace(new, "HTTP 500")) != meanings(said_now)
