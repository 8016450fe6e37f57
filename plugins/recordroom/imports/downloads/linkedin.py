"""A LinkedIn member's download of their own data.

It comes from `Settings > Data privacy > Get a copy of your data`. It has Shares.csv, InstantReposts.csv
(reposts without words), Comments.csv, messages.csv, and the invitations with words in Invitations.csv.
https://www.linkedin.com/help/linkedin/answer/a1339364. Dates are UTC. The link of a share has its id.
Comments (usually) and messages have none: their id is a hash of their words and time. LinkedIn gives no such
download of an organization's page: this is for members whose accounts are on the register.

It never has: what others wrote, except messages; files; counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from recordroom.canonical import encode_canonical, sha256
from recordroom.imports.contract import MADE, About, Cut, Form, Found, Passed, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.leftover_files import list_unread
from recordroom.imports.split import Item
from recordroom.imports.tables import csv_rows
from recordroom.model import Exchange, Record
from recordroom.register.models import Account

FORM = Form(
    "linkedindownload", "LinkedIn download", parser=3, says=frozenset(("text",)), platforms=("linkedin",)
)
item = csv_rows.item
# profile, contacts, and what the member searched, bought, and saw; Rich_Media.csv is counted apart
_NO_WRITINGS = re.compile(
    r"(?:^|/)(?:jobs/.*|verifications?/.*|(?:ad_?targeting|ads|allies|causes|certifications|company"
    r"|connections|contacts|importedcontacts|courses"
    r"|education|email|endorsement|events|hashtag|honors|inferences|lan ads|languages|learning(?!.*messages)"
    r"|likes|logins|member_follows"
    r"|organizations|patents|phone|positions|private_identity|profile|projects|publications|reactions"
    r"|receipts|registration|rich_media|saved|search|security"
    r"|services|skills|test_?scores|volunteering|votes|whatsapp)[^/]*\.csv)$",
    re.IGNORECASE,
)
_UPLOADS = re.compile(r"(?:^|/)rich_media(?:_\d+)?\.csv$", re.IGNORECASE)
_URN = re.compile(r"urn:li:(?:share|ugcPost|activity|groupPost):[0-9-]+")
# jane-doe_snow-activity-7012345678901234567-aB1c
_IN_WORDS = re.compile(r"/posts/[^/?]*-(share|ugcPost|activity)-([0-9]{10,})(?:-|$)")
_NO = ("", "no", "false")
_COMMENT = re.compile(r"urn:li:comment:\([^)]+\)")
_REPLY = re.compile(r"[?&]replyUrn=(urn:li:comment:\([^)]+\))")
_LINE_END = re.compile(r'"?\n"?')


def recognize(files: ImportFiles) -> bool:
    return any(True for _ in _members(files))


def about(files: ImportFiles) -> About:  # noqa: ARG001 (it has names of people, and nothing that could be compared)
    return About()


def pieces(files: ImportFiles, account: Account, mapping: None) -> Iterator[Cut]:  # noqa: ARG001
    taken = dict(_members(files))
    for name, sort in taken.items():
        escaped = _is_escaped(files, name, sort)
        with files.open(name) as file:
            lines = sort == "shares" and _has_quoted_lines(files, name)
            how = {"quoted_lines": True} if lines else {"replies_apart": True} if sort == "comments" else {}
            yield from csv_rows.pieces(file, name, escaped=escaped, sort=sort, **how)
    yield from _uploads(files)
    yield from list_unread(files, taken, _NO_WRITINGS, recognize)


def _uploads(files: ImportFiles) -> Iterator[Passed]:
    """Pass over uploaded photos, videos, and documents of shares.

    The download does not say which share each belongs to, and its address expires after some time.
    """
    for name in filter(_UPLOADS.search, files.names()):
        with files.open(name) as file:
            rows = csv_rows.rows(file)
            next(rows, None)
            yield from (Passed(f"an uploaded file, given only by its address: {name}") for _ in rows)


def _is_escaped(files: ImportFiles, name: str, sort: str) -> bool:
    """Whether quotation marks follow a backslash.

    They do in comments; in another file, if it cannot be read otherwise.
    """
    with files.open(name) as file:
        return sort == "comments" or any(
            isinstance(row, Reject) and row.reason != csv_rows.CUT for row in csv_rows.rows(file)
        )


def _has_quoted_lines(files: ImportFiles, name: str) -> bool:
    """Whether each line of a share has quotation marks of its own.

    LinkedIn writes shares of several lines like that (public programs that read them remove these marks). If
    one line of one share has none, a text that looks so was written so.
    """
    with files.open(name) as file:
        names = [column.upper() for column in csv_rows.read_header(file)]
    with files.open(name) as file:
        rows = (row for row in csv_rows.rows(file) if isinstance(row, Item))
        texts = (
            dict(zip(names, csv_rows.read_cells(row.raw)[0], strict=False)).get("SHARECOMMENTARY", "")
            for row in rows
        )
        return {end for text in texts for end in _LINE_END.findall(text)} == {'"\n"'}


def parse(exchange: Exchange) -> Iterator[Found]:
    read = _READERS[exchange.context["sort"]]
    for number, row in csv_rows.read_named(exchange):
        try:
            cells = {name.upper(): value for name, value in row.items()}
            found = read(cells, f"line/{number}", exchange.context)
        except (KeyError, ValueError) as problem:
            yield Reject(
                f"line {number} of {exchange.context['member']}",
                f"it is not in the expected form ({problem})",
            )
            continue
        if isinstance(found, Record):
            found.leftover = tuple(
                sorted(
                    name
                    for name, told in cells.items()
                    if told and name not in _KNOWN[exchange.context["sort"]]
                )
            )
        yield found


def _without_marks(text: str) -> str:
    """Return the words of a share without the quotation marks of its lines.

    Its own quotation marks are doubled then.
    """
    if '"\n"' not in text:
        return text
    words = text.replace('"\n"', "\n")
    return words.replace('""', '"') if all(len(run) % 2 == 0 for run in re.findall('"+', words)) else words


def _share(row: dict[str, str], pointer: str, context: Mapping[str, Any]) -> Record:
    """Read a share.

    One without words is a publication too: of a video or a document, which the download does not name, or of
    what others wrote.
    """
    link = unquote(row["SHARELINK"])
    found, named = _URN.search(link), _IN_WORDS.search(link)
    if not found and not named:
        raise ValueError("its link does not name a share")
    native = found[0] if found else f"urn:li:{named[1]}:{named[2]}" if named else ""
    text = _without_marks(row["SHARECOMMENTARY"]) if context.get("quoted_lines") else row["SHARECOMMENTARY"]
    record = _record(native, "post", (row["DATE"], text), pointer, context.get("account"))
    record.root_id, record.url = record.record_id, row["SHARELINK"]
    record.visibility = row.get("VISIBILITY") or None
    record.links = [url for url in (row.get("SHAREDURL"), row.get("MEDIAURL")) if url]
    return record


def _repost(row: dict[str, str], pointer: str, context: Mapping[str, Any]) -> Record:
    """Read a repost; its link is that of the original."""
    found = _URN.search(unquote(row["LINK"]))
    record = _record(
        _made("repost", row["DATE"], row["LINK"]), "post", (row["DATE"], ""), pointer, context.get("account")
    )
    record.root_id = record.record_id
    record.links = [row["LINK"]]
    record.shared_id = f"linkedin:{found[0]}" if found else None
    return record


def _comment(row: dict[str, str], pointer: str, context: Mapping[str, Any]) -> Record:
    """Read a comment or a reply.

    The link of a reply names the comment above it too. Imports from before replies were recognized have the
    id of that comment.
    """
    link = unquote(row["LINK"])
    own = _COMMENT.search(link)
    post = _URN.search(link)
    reply = _REPLY.search(link) if context.get("replies_apart") else None
    native = reply[1] if reply else own[0] if own else _made("comment", row["DATE"], row["MESSAGE"], link)
    record = _record(native, "comment", (row["DATE"], row["MESSAGE"]), pointer, context.get("account"))
    record.url = row["LINK"] or None
    record.parent_id = record.root_id = f"linkedin:{post[0]}" if post else None
    if reply:
        record.kind, record.parent_id = "reply", f"linkedin:{own[0]}" if own and own[0] != reply[1] else None
    return record


def _message(row: dict[str, str], pointer: str, _: Mapping[str, Any]) -> Record:
    conversation, said = row["CONVERSATION ID"], (row["DATE"], row["CONTENT"])
    record = _record(_made("message", *said, conversation, row["FROM"]), "message", said, pointer, None)
    record.root_id, record.author_name = f"linkedin:download/conversations/{conversation}", row["FROM"]
    record.title = row.get("SUBJECT") or None
    record.author_is_account, record.mentions = (
        None,
        [name for name in (row.get("TO") or "").split(",") if name],
    )
    record.links = (row.get("ATTACHMENTS") or "").split()
    record.visibility = None if (row.get("IS MESSAGE DRAFT") or "").strip().lower() in _NO else "draft"
    return record


def _invitation(row: dict[str, str], pointer: str, _: Mapping[str, Any]) -> Record | Passed:
    """Read what a person wrote with an invitation to become a contact."""
    text = row["MESSAGE"].strip()
    if not text:
        return Passed("an invitation without text")
    sent = datetime.strptime(row["SENT AT"], "%m/%d/%y, %I:%M %p")  # noqa: DTZ007 (UTC, as elsewhere)
    native = _made("invitation", row["SENT AT"], text, row["FROM"], row["TO"])
    record = _record(native, "message", (sent.isoformat(), text), pointer, None)
    record.root_id, record.author_name = f"linkedin:download/conversations/{native}", row["FROM"]
    record.author_is_account, record.mentions = None, [row["TO"]]
    return record


def _record(native: str, kind: str, said: tuple[str, str], pointer: str, me: str | None) -> Record:
    """Make a record.

    said: the time, which LinkedIn leaves out of some comments, and the words. me: the account's id.
    """
    date, text = said
    at = datetime.fromisoformat(date.removesuffix(" UTC")).replace(tzinfo=UTC) if date else None
    return Record(
        record_id=f"linkedin:{native}",
        kind=kind,
        native_id=native,
        pointer=pointer,
        author_id=me,
        author_is_account=True,
        text=text,
        published_at=at,
    )


def _made(*parts: str) -> str:
    return f"{MADE}{sha256(encode_canonical(list(parts)))[:32]}"


def _members(files: ImportFiles) -> Iterator[tuple[str, str]]:
    for name in files.names():
        last = name.rpartition("/")[2].lower()
        for sort, columns in _COLUMNS.items():
            if re.fullmatch(rf"{sort}(?:_\d+)?\.csv", last):
                with files.open(name) as file:
                    if {column.upper() for column in csv_rows.read_header(file)} >= columns:
                        yield name, sort


_COLUMNS = {
    "shares": {"DATE", "SHARELINK", "SHARECOMMENTARY"},
    "instantreposts": {"DATE", "LINK"},
    "comments": {"DATE", "LINK", "MESSAGE"},
    "messages": {"CONVERSATION ID", "FROM", "DATE", "CONTENT"},
    "invitations": {"FROM", "TO", "SENT AT", "MESSAGE"},
}
_KNOWN = {
    "shares": _COLUMNS["shares"] | {"SHAREDURL", "MEDIAURL", "VISIBILITY"},
    "instantreposts": _COLUMNS["instantreposts"],
    "comments": _COLUMNS["comments"],
    "messages": _COLUMNS["messages"] | {
        "CONVERSATION TITLE", "SENDER PROFILE URL", "TO", "RECIPIENT PROFILE URLS", "SUBJECT", "FOLDER",
        "ATTACHMENTS", "IS MESSAGE DRAFT",
        "IS CONVERSATION DRAFT",
    },
    "invitations": _COLUMNS["invitations"] | {"DIRECTION", "INVITERPROFILEURL", "INVITEEPROFILEURL"},
}  # fmt: skip
_READERS: dict[str, Callable[[dict[str, str], str, Mapping[str, Any]], Record | Passed]] = {
    "shares": _share,
    "instantreposts": _repost,
    "comments": _comment,
    "messages": _message,
    "invitations": _invitation,
}
