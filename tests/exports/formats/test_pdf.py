"""The PDF holds every record, in order, in words that can be read aloud; it is what PDF/UA-1 says, whatever
people write.
"""

from __future__ import annotations

import errno
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from infra.sandbox import pictures
from recordroom.canonical import sha256
from recordroom.errors import ArchiveError
from recordroom.exports.formats.pdf import document, fonts
from recordroom.exports.formats.pdf.document import MARK, make_cover
from recordroom.exports.formats.pdf.fonts import FAMILIES, Pen
from recordroom.exports.formats.pdf.typst import Typesetter
from recordroom.records.changes import event_times
from tests.exports.local import AT, TOLD, row, select
from tests.exports.reading import outline, pdf_text, pdf_tree
from tests.exports.verapdf import problems
from tests.story import HOSTILE

pytestmark = pytest.mark.thorough

JPEG, PNG, FILM = pictures.jpeg("a", 400, 300), pictures.png("b", 60, 400), b"\x00\x00\x00\x18ftypmp42 film"
TORN = {".jpg": JPEG[: len(JPEG) // 3], ".png": PNG[:-600]}
LANGUAGES = {
    "es": "¡Gracias! ¿Y mañana?", "ar": "مرحبا بالعالم، كيف حالك؟", "he": "שלום עולם 123",
    "ja": "学校因雪停课。日本語。", "ko": "한국어", "hi": "नमस्ते दुनिया", "th": "สวัสดีชาวโลก", "am": "ሰላም ልዑል",
    "vi": "Tiếng Việt",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Book:
    folder: Path
    parts: list[Path]
    noted: Counter[str]
    text: str


def said(name: str, minute: int, parent: str | None = None, root: str = "", **more: Any) -> dict[str, Any]:
    kind = "post" if parent is None else "comment" if parent == root else "reply"
    own = {
        "url": f"https://social.example/@news/{name}",
        "author_name": "Ana García",
        "author_handle": "ana@social.example",
    }
    ids = {"parent_id": parent and f"m:{parent}", "root_id": f"m:{root or name}"}
    return row(f"m:{name}", kind=kind, published_at=AT + timedelta(minutes=minute), **own | ids | more)


def file(data: bytes, kind: str = "image", position: int = 1, **more: Any) -> dict[str, Any]:
    digest = sha256(data)
    whole = dict.fromkeys(("alt_text", "width", "height", "duration", "missing_reason"))
    return (
        whole
        | {"identity": digest, "sha256": digest, "type": kind, "bytes": len(data), "position": position}
        | more
    )


def written(folder: Path, rows: list[dict[str, Any]], files: dict[str, list[bytes]] | None = None) -> Book:
    """`files`: by their extension."""
    out = folder / "out"
    (out / "media").mkdir(parents=True)
    copied = {
        sha256(data): f"media/{sha256(data)}{suffix}"
        for suffix, some in (files or {}).items()
        for data in some
    }
    for data in (data for some in (files or {}).values() for data in some):
        (out / copied[sha256(data)]).write_bytes(data)
    selected, state = select(folder / "work", rows, copied)
    told = TOLD | {"counts": TOLD["counts"] | {"rows": len(rows)}}
    noted = document.write(out, selected, state, told)
    parts = sorted(out.glob("*.pdf"))
    return Book(out, parts, noted, "\n".join(map(pdf_text, parts)))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A conversation with pictures, in languages, with what is torn; edits; whatever people write to break
    things.
    """
    media = [
        file(JPEG, alt_text="Children in the snow"),
        file(PNG, position=2),
        file(FILM, "video", 3, alt_text="A bus on ice"),
    ]
    media += [
        file(TORN[".jpg"], position=4),
        file(b"", position=5, sha256=None, bytes=None, missing_reason="the server answered 404"),
    ]
    rows = [
        said(
            "p",
            0,
            text="Closed:\nsnow.\n\n#not *bold* $x$ @x <y> \\",
            title="Snow day",
            media=media,
            links=["javascript:alert(1)"],
        )
    ]
    rows += [
        said(f"p-{n}", n + 1, "p", "p", text=text, language=code)
        for n, (code, text) in enumerate(LANGUAGES.items())
    ]
    rows += [
        said(
            "p-0-0",
            20,
            "p-0",
            "p",
            text="a disgrace",
            status="removed",
            acted_by="author",
            status_reason="deleted, it says",
        )
    ]
    rows += [said("p-0-0-0", 21, "p-0-0", "p", text=None), said("orphan", 22, "gone", "gone", text="x" * 300)]
    rows += [
        said(f"h{n}", 30 + n, text=text, author_name=text[:300], title=text[:300])
        for n, text in enumerate(HOSTILE)
    ]
    rows += [
        said("e", 60, text="first words"),
        said("e", 60, text="second words", sequence=2, changed=["text"], edited_at=AT),
    ]
    rows += [said("f", 61, text="a film"), said("f", 61, text="a film", sequence=2, changed=["media_bytes"])]
    rows += [said("g", 65, text="a"), said("g", 65, text="a part", sequence=2, changed=["completed"])]
    rows += [said("w", 62, text="waits", status="held"), said("s", 63, text="for some", visibility="private")]
    rows += [
        said("v", 64, text="waited", status="held"),
        said("v", 64, text="waited", sequence=2, changed=["status"]),
    ]
    return written(
        tmp_path_factory.mktemp("pdf"), rows, {".jpg": [JPEG, TORN[".jpg"]], ".png": [PNG], ".mp4": [FILM]}
    )


def test_a_validator_finds_nothing_to_say(book: Book, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(typst.compile(b"=== A heading that stands alone"))
    found = problems(*book.parts, bad)
    assert {line.split(" ")[0] for line in found} == {str(bad)}
    assert len(found) > 2


def test_every_word_is_there_as_it_was_written(book: Book) -> None:
    text = re.sub(r"\s+", " ", book.text)
    for written_ in (
        "#not *bold* $x$ @x <y> \\",
        "Closed: snow.",
        LANGUAGES["es"],
        LANGUAGES["ko"],
        HOSTILE[0],
        HOSTILE[6],
        HOSTILE[10],
    ):
        assert re.sub(r"\s+", " ", written_) in text
    assert "[U+202E]txet desrever" in text
    assert "NUL [U+0000] inside" in text
    assert "x" * 300 in text.replace(" ", "")
    assert book.noted[document.UNDRAWN] == 3


def test_headings_tell_the_conversation_and_never_jump(book: Book) -> None:
    found = outline(book.parts[0])
    levels = [level for level, _ in found]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    titles = [title for _, title in found]
    assert titles[:7] == [
        "Search", "Contents", "Known gaps", "Not included", "How to read this document",
        "Account: District News (Mastodon)", "Conversation 1: Snow day",
    ]  # fmt: skip
    answer = next(item for item in found if item[1].startswith("Item 3: Reply"))
    assert answer == (5, "Item 3: Reply by Ana García, Nov 24, 2026, removed")
    assert [
        level for level, title in found if title.startswith(("Item 1:", "Item 2:", "Item 4:", "Item 5:"))
    ] == [3, 4, 6, 4]


def test_what_became_of_a_record_is_told_in_words(book: Book) -> None:
    text = re.sub(r"\s+", " ", book.text)
    assert (
        "Status: Removed from the platform by its author. It was first found removed Nov 24, 2026, 12:35:00"
        " a.m. PST" in text
    )
    assert "How this is known: deleted, it says" in text
    assert "Published: Nov 24, 2026, 12:30:00 a.m. PST (2026-11-24 08:30:00 UTC)" in text
    assert "Reply to: item 2, by Ana García" in text
    assert "Reply to: m:gone (not in this export)" in text
    assert "Version: 1 of 2 in the archive; replaced by a later version" in text
    assert (
        "Version: 2 of 2 in the archive; the current version Changed since the previous version: text" in text
    )
    assert (
        "Files added: The archive now has files that were missing before. This is not an edit by the author."
        in text
    )
    assert (
        "Completed: The platform gave only a part before, and now the rest. This is not an edit by the"
        in text
    )
    assert not {"media_bytes", "completed"} & set(text.split())
    assert "No text." in text


def test_what_only_a_file_says_became_of_a_record_is_told_as_its_word(tmp_path: Path) -> None:
    told: dict[str, Any] = {"source": "import: Old", "status": "removed", "late_arrival": True}
    rows = [said(name, 0, acted_by=by, **told) for name, by in (("a", "author"), ("b", "unknown"))] + [
        said("c", 0, status="unavailable")
    ]
    text = re.sub(r"\s+", " ", written(tmp_path, rows).text)
    assert "Status: Removed from the platform by its author, according to a submitted file." in text
    assert "Status: Removed from the platform, according to a submitted file." in text
    assert "Status: Unavailable on the platform; the platform gives no reason." in text


def test_what_a_file_claims_is_told_as_its_word(tmp_path: Path) -> None:
    """An imported reply without a known conversation follows the record that it replies to, in a conversation
    of its own.
    """
    told: dict[str, Any] = {"source": "import: Old", "valid_from_source": "import", "late_arrival": True}
    post = row("m:p", kind="post", root_id="m:p", status="removed", acted_by="agency", **told)
    answer = row(
        "m:a", kind="comment", parent_id="m:p", root_id=None, published_at=None, author_name="Ana", **told
    )
    text = re.sub(r"\s+", " ", written(tmp_path, [post, answer]).text)
    assert "Item 1: Post by unknown author (not named by the file)" in text
    assert text.count("Source: a submitted file (import: Old); no capture confirms it") == 2
    assert "Status: Removed from the platform by the agency, according to a submitted file." in text
    assert "Reply to: m:p (conversation unknown)" in text
    assert "no time in the file, which was received Nov 24, 2026" in text
    assert "no time from the platform" not in text


def test_only_what_was_public_once_is_said_to_be_published(book: Book) -> None:
    """Both versions of what was approved later say so."""
    text = re.sub(r"\s+", " ", book.text)
    facts = {
        words: re.findall(rf"(\w+): Nov 24, 2026, 1:3{minute}:00 a.m. PST", text)
        for minute, words in ((2, "w"), (3, "s"), (4, "v"))
    }
    assert facts == {"w": ["Created"], "s": ["Created"], "v": ["Published", "Published"]}


def test_pictures_have_their_authors_words_and_what_is_not_shown_is_named(book: Book) -> None:
    figures = [node for part in book.parts for node in pdf_tree(part) if node.kind == "Figure"]
    assert [node.alt for node in figures] == [
        "Children in the snow",
        "No description was given for this image.",
    ]
    text = re.sub(r"\s+", " ", book.text)
    plain = text.replace(" ", "")
    for data, suffix in ((JPEG, ".jpg"), (PNG, ".png"), (FILM, ".mp4"), (TORN[".jpg"], ".jpg")):
        assert f"media/{sha256(data)}{suffix}" in plain
    assert "Author's description: A bus on ice" in text
    assert "Image 4 of 5, not shown: the file is incomplete." in text
    assert "Image 5 of 5 is not in the archive: the server answered 404." in text
    assert book.noted[document.UNSHOWN] == 1


def test_captions_are_called_so_with_their_language(tmp_path: Path) -> None:
    words = b"WEBVTT\n\n00:00.000 --> 00:02.000\nSnow"
    track = file(words, "document", 2, identity="f2/captions/en/t1/2026-03-02T00:00:00Z")
    text = written(
        tmp_path,
        [said("v", 0, platform="youtube", media=[file(FILM, "video"), track])],
        {".mp4": [FILM], ".vtt": [words]},
    ).text
    text = re.sub(r"\s+", " ", text)
    assert "Captions in en: the spoken words of the video, as text." in text
    assert text.count("The author gave no description.") == 1, "of the film"
    assert "File 2 of 2. File:" in text


def test_an_author_who_is_called_otherwise_is_told_apart_from_what_changed(tmp_path: Path) -> None:
    names = (
        "Cascade Valley Educational Service District",
        "Cascade Valley ESD",
        "Cascade Valley ESD",
        "Another",
    )
    rows = [
        said(
            "e",
            0,
            title=f"{n}",
            sequence=n,
            author_name=name,
            author_id="7" if n < 4 else "8",
            changed=["title"] * (n > 1),
        )
        for n, name in enumerate(names, 1)
    ]
    text = re.sub(r"\s+", " ", written(tmp_path, rows).text)
    told = f"Author's name in the previous version: {names[0]}"
    assert (text.count(told), text.count("Author's name")) == (
        1,
        1,
    ), "of the same author alone, and where it differs"
    assert f"Changed since the previous version: title {told}" in text


def test_when_an_event_begins_is_told_in_the_agencys_time_too(tmp_path: Path) -> None:
    text = (
        "Starts: 2026-01-01T00:00:00Z\n\nStarts: 2026-12-05T21:09:47Z\nEnds: 2026-12-05T22:09:47Z\nEntry:"
        " PUBLIC"
    )
    event = row("linkedin:urn:li:event:7", platform="linkedin", text=text)
    found = re.sub(r"\s+", " ", written(tmp_path, [event]).text)
    assert "Starts: Dec 5, 2026, 1:09:47 p.m. PST (2026-12-05 21:09:47 UTC)" in found
    assert "Ends: Dec 5, 2026, 2:09:47 p.m. PST (2026-12-05 22:09:47 UTC)" in found
    assert "Dec 31, 2025" not in found, "the text above is its author's"
    assert event_times({"record_id": "linkedin:urn:li:share:7", "text": text}) == []


def test_only_web_addresses_lead_anywhere(book: Book) -> None:
    pages = (page for part in book.parts for page in PdfReader(part).pages)
    actions = [note.get_object()["/A"] for page in pages for note in page.get("/Annots", [])]
    assert {action["/S"] for action in actions} == {"/URI"}
    assert {action["/URI"].split(":")[0] for action in actions} == {"https"}
    assert "javascript:alert(1)" in book.text


def test_the_language_of_a_text_is_told(book: Book) -> None:
    assert {"es", "ar", "he", "ja", "ko", "hi", "th", "am", "vi"} <= {
        node.language for part in book.parts for node in pdf_tree(part)
    }


def test_the_mark_stands_on_every_page_and_the_cover_tells_what_lacks(book: Book) -> None:
    reader = PdfReader(book.parts[0])
    assert all(MARK in page.extract_text() for page in reader.pages)
    first = re.sub(r"\s+", " ", reader.pages[0].extract_text())
    for words in (
        "snow AND #hash *bold* $x$",
        "District News (Mastodon): 1 post, 2 replies",
        "1 known gap in the accounts and dates of this export:",
        "District News (Mastodon): throttled: #wait[ *no*; known since Nov 24, 2026, 12:30 a.m. PST",
        "Archive as of Nov 24, 2026, 12:30 a.m. PST.",
        "Private messages that match: 3 (not requested)",
    ):
        assert words in first
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == (
        "Social media records of Example School District",
        "Example School District",
    )
    assert reader.metadata.creation_date == AT


def test_the_cover_tells_how_many_were_found_and_how_many_are_context() -> None:
    counts = {"rows": 1_240, "records": 1_238, "context": {"rows": 40, "records": 40}}
    made = make_cover(TOLD | {"counts": TOLD["counts"] | counts}, (1, 1_240), 1)
    [what] = [section for section in made["about"] if section["heading"] == "Contents"]
    assert (
        "".join(what["list"][0])
        == "Items: 1,240 (1,200 match the search; 40 added as context). Different records: 1,238."
    )


def test_a_further_part_goes_on_where_the_last_one_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "RECORDS", 3)
    rows = [
        said("a", 0),
        *(said(f"a-{n}", n + 1, f"a-{n - 1}" if n else "a", "a", text=str(n)) for n in range(5)),
        said("b", 30),
    ]
    parts = written(tmp_path, rows).parts
    assert [path.name[-7:] for path in parts] == ["001.pdf", "002.pdf", "003.pdf"]
    first, second, third = (
        [item for item in outline(part) if item[1].startswith(("Item", "Acc", "Conv"))] for part in parts
    )
    assert [title.split(":")[0] for _, title in first] == [
        "Account",
        "Conversation 1",
        "Item 1",
        "Item 2",
        "Item 3",
    ]
    assert second[:3] == [
        (1, "Account: District News (Mastodon)"), (2, "Conversation 1: no text (continued)"),
        (3, "Item 4: Reply by Ana García, Nov 24, 2026"),
    ]  # fmt: skip
    assert [title.split(":")[0] for _, title in third] == ["Account", "Conversation 2", "Item 7"]
    assert "Items 4 to 6 of 7, in part 2 of this document." in pdf_text(parts[1])
    assert "Item 7 of 7, in part 3 (the last part) of this document." in pdf_text(parts[2])
    assert "Reply to: item 3, by Ana García" in pdf_text(parts[1])


def test_what_somebody_wrote_begins_on_the_page_of_its_label(tmp_path: Path) -> None:
    rows = [
        said("a", 0, text="words"),
        *(said(f"a-{n}", n + 1, "a", "a", text="words " * (1 + n % 5 * 9)) for n in range(60)),
    ]
    [part] = written(tmp_path, rows).parts
    pages = [[line.strip() for line in page.extract_text().splitlines()] for page in PdfReader(part).pages]
    labels = [
        (number, line)
        for number, page in enumerate(pages)
        for line, words in enumerate(page)
        if words == "Text:"
    ]
    assert (len(pages) > 10, len(labels)) == (True, len(rows))
    assert [
        number
        for number, line in labels
        if not pages[number][line + 1 : line + 2] or not pages[number][line + 1].startswith("words")
    ] == []


def test_nothing_found_is_a_document_too(tmp_path: Path) -> None:
    [only] = written(tmp_path, []).parts
    assert "No items: the search found nothing." in pdf_text(only)


def test_a_picture_that_cannot_be_set_is_named_and_costs_no_other(tmp_path: Path) -> None:
    rows = [
        said("a", 0, text="whole", media=[file(PNG)]),
        said("b", 1, text="torn", media=[file(TORN[".png"])]),
    ]
    book = written(tmp_path, rows, {".png": [PNG, TORN[".png"]]})
    assert [node.alt for node in pdf_tree(book.parts[0]) if node.kind == "Figure"] == [
        "No description was given for this image."
    ]
    assert "Image 1 of 1, not shown: the file cannot be displayed." in re.sub(r"\s+", " ", book.text)
    assert book.noted == {document.UNSHOWN: 1}


def test_a_text_that_typst_refuses_is_told_in_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "read_coverage", lambda: dict.fromkeys(range(0x110000), 1))
    book = written(tmp_path, [said("a", 0, text="Tibetan: བོད"), said("b", 1, text="mañana")])
    assert "Tibetan: [U+0F56][U+0F7C][U+0F51]" in book.text
    assert "mañana" in book.text
    assert book.noted == {document.UNDRAWN: 1}


def test_a_text_of_which_typst_itself_breaks_costs_no_other_and_is_in_no_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Joined emoji of more than 65,535 bytes: krilla 0.8.2 panics within one of them."""
    book = written(tmp_path, [said("a", 0, text="👩\u200d" * 9_500), said("b", 1, text="👩\u200d🏫 fine")])
    assert "[U+1F469][U+200D][U+1F469]" in book.text.replace("\n", "")
    assert " fine" in book.text
    assert book.noted == {document.UNDRAWN: 1}
    assert capfd.readouterr() == ("", "")


def test_what_cannot_be_set_at_all_stops_the_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "make_cover", lambda *_: make_cover(TOLD, (1, 1), 1) | {"mark": "\x00"})
    with pytest.raises(
        ArchiveError, match=r"WORKING-COPY_records-001\.pdf cannot be typeset: PDF/UA-1 error"
    ):
        written(tmp_path, [said("a", 0)])


def test_where_typst_ends_of_it_another_is_started(tmp_path: Path) -> None:
    with Typesetter(tmp_path, AT) as typesetter:
        typesetter.set_pages(_only([["fine"]]), tmp_path / "one.pdf")
        assert typesetter._typst is not None
        typesetter._typst.kill()
        typesetter._typst.wait()
        typesetter.set_pages(_only([["fine"]]), tmp_path / "two.pdf")
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_a_full_disk_is_no_refusal(tmp_path: Path) -> None:
    with Typesetter(tmp_path, AT) as typesetter, pytest.raises(OSError, match="No space left") as raised:
        typesetter.set_pages(_only([["fine"]]), Path("/dev/full"))
    assert raised.value.errno == errno.ENOSPC


@pytest.fixture(scope="module")
def typesetter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[list[list[str]]], None]]:
    folder = tmp_path_factory.mktemp("set")
    with Typesetter(folder, AT) as typesetter:
        yield lambda lines: typesetter.set_pages(_only(lines), folder / "lines.pdf")


def test_every_family_is_there_and_draws_what_is_said_of_it(
    typesetter: Callable[[list[list[str]]], None],
) -> None:
    """A character of each forty: all of them take ten seconds."""
    assert set(FAMILIES) <= set(
        typst.Fonts(include_system_fonts=False, font_paths=fonts.find_font_folders()).families()
    )
    some = [chr(code) for code in sorted(fonts.read_coverage())[::40]]
    pen = Pen()
    typesetter([pen.line(" ".join(some[n : n + 30])) for n in range(0, len(some), 30)])
    assert pen.missing < len(some) / 20, "marks and the like without a letter"


@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(HOSTILE),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=40, deadline=None)
def test_whatever_people_write_can_be_set(
    typesetter: Callable[[list[list[str]]], None], texts: list[str]
) -> None:
    pen = Pen()
    typesetter([line for text in texts for paragraph in pen.paragraphs(text) for line in paragraph])


def test_marks_without_end_are_told() -> None:
    pen = Pen()
    [[pieces]] = pen.paragraphs("e" + "\u0301" * 60 + "o\u0301")
    assert "".join(pieces) == "e" + "\u0301" * 50 + "[U+0301]" * 10 + "o\u0301"
    assert pen.missing == 10


def test_a_long_word_may_break_but_never_within_what_is_drawn_together() -> None:
    word = "x" * 23 + "e" + "\u0301" * 3 + "👩\u200d🏫" + "y" * 60
    [pieces] = Pen().paragraphs(word)[0]
    assert "".join(pieces) == word
    assert len(pieces) == 4
    assert not any(
        fonts.is_joined(piece[0]) or piece[0] == "\u200d" or piece[-1] == "\u200d" for piece in pieces
    )


def _only(lines: list[list[str]]) -> dict[str, Any]:
    section = {"heading": "Lines", "lines": lines, "list": []}
    return {
        "mark": "-",
        "title": "-",
        "agency": "-",
        "description": "-",
        "footer": ["-"],
        "about": [section],
        "items": [],
    }
