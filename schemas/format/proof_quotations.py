"""Reads the quotations of READ-ME-FIRST.html in the folder that proves one record. Part of check_proof.py."""

from __future__ import annotations

from html.parser import HTMLParser

Quotation = tuple[str, str]  # `title` or `text`, and the words

TAGS = {  # of the page that recordroom writes
    "html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "p", "a", "bdi",
    "code", "strong", "pre", "blockquote", "dl", "dt", "dd", "ul", "ol", "li", "table", "thead", "tbody",
    "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "id", "href", "scope", "dir", "class"}
VOID = {"meta"}


class Page(HTMLParser):
    """The titles and texts that the page quotes, in order, and what could show others than these."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.quotations: list[Quotation] = []
        self.problems: list[str] = []
        self._open: list[str] = []  # the elements around this place
        self._words: list[str] | None = None  # of the quotation that is read
        self.feed(page)
        self.close()
        if self._open:
            self.problems.append(f"<{self._open[-1]}> is not closed")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag not in TAGS or not named.keys() <= ATTRIBUTES:
            self.problems.append(f"it has a tag that the archive's software does not write: <{tag}>")
        if self._words is not None:
            self.problems.append(f"a quotation contains <{tag}>")
        elif tag == "blockquote" or (tag == "bdi" and named.get("class") == "title"):
            self._words = []
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")
        if self._words is not None and tag in ("blockquote", "bdi"):
            self.quotations.append(("text" if tag == "blockquote" else "title", "".join(self._words)))
            self._words = None

    def handle_data(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)

    def handle_comment(self, data: str) -> None:  # noqa: ARG002
        self.problems.append("it has a comment")

    def handle_pi(self, data: str) -> None:  # noqa: ARG002
        self.problems.append("it has a processing instruction")

    def unknown_decl(self, data: str) -> None:  # noqa: ARG002
        self.problems.append("it has a declaration")
