"""Private messages of an account, and the people it blocks or mutes.

X shows them to a token of the account itself only (https://docs.x.com/x-api/direct-messages/lookup,
/x-api/users/blocks, /x-api/users/mutes; 2026-11-25):

    /2/dm_events                                     messages of all conversations, newest first, of the last
                                                     30 days (scope dm.read)
    /2/dm_conversations/media/<event>/<media>/<file> a file of a message, requested with the account's token
    /2/users/<id>/blocking, /2/users/<id>/muting     people (scopes block.read and mute.read)

Each message and each person costs money, as posts do. IDs of messages, and names of their files, are the
same in the archive that an account downloads of itself: imported and captured messages are the same records.
Messages that X encrypts are in another list, and unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from recordroom.errors import Blocked, PlatformFailure
from recordroom.model import Exchange, Media, Record, instant
from recordroom.platforms import blocklist
from recordroom.platforms.contract import LISTED_LATE
from recordroom.platforms.crawl import Crawl, with_context
from recordroom.platforms.http import describe_failure, require_path_segment, unexpected_field
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import Reading
from recordroom.platforms.x.api import MANUAL, Api, error_of, is_of_rate, refusal_in
from recordroom.platforms.x.cursor import XCursor
from recordroom.platforms.x.entities import events_of, people_of, time_of
from recordroom.platforms.x.platform import PAGE
from recordroom.platforms.x.schema import MESSAGE_FIELDS, PEOPLE_FIELDS, SHARED_POST

REACH = timedelta(days=30)
FEW_WITHIN = timedelta(days=1)  # a time in which few messages are expected
FEW_PER_PAGE = 20  # messages in a page where few are new: each that is given costs, once a day
# For a window that cannot be resumed where it stopped: X allows 15 requests in 15 minutes, and no other
# request may have to wait for that.
MAX_REQUESTS = 14
PERMISSION = "a token of the account itself with the scope dm.read; docs/platforms/x.md says how to get it"
LISTS = {"blocking": "blocked", "muting": "muted"}

_FILE = re.compile(r"/dm/([0-9]{1,19})/([0-9]{1,19})/([A-Za-z0-9_.-]{1,50})$")
_TWO_PEOPLE = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")
_SHOWN_FILE = re.compile(r"https?://(?:www\.)?(?:x|twitter)\.com/messages/media/\d+$")
_LIST = re.compile(r"/users/([0-9]{1,19})/(blocking|muting)$")

# -- how they become records -------------------------------------------------------------------------------


def is_message(item: Mapping[str, Any]) -> bool:
    """Whether an event is a message, and not somebody who joins or leaves."""
    return item.get("event_type") in (None, "MessageCreate")


def place_of(item: Mapping[str, Any], reading: Reading, pointer: str) -> dict[str, Any]:
    """Return the fields of a record that identify a message and its conversation.

    Also its visibility, and the post that it passes on.
    """
    shared = [one["id"] for one in reading.read_objects(SHARED_POST, item, "referenced_posts", pointer)]
    conversation = item.get("dm_conversation_id")
    return {
        "record_id": f"x:messages/{item['id']}",
        "kind": "message",
        "native_id": item["id"],
        "root_id": f"x:conversations/{conversation}" if conversation else None,
        "visibility": "private",
        "shared_id": f"x:{shared[0]}" if shared else None,
    }


def recipients_of(
    item: Mapping[str, Any], me: str | None, users: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Return the names of those to whom the account wrote a message.

    The ID of a conversation of two people names both. The result is empty for larger conversations, and for
    messages of others.
    """
    two = _TWO_PEOPLE.fullmatch(item.get("dm_conversation_id") or "")
    if two is None or me is None or item.get("sender_id") != me:
        return []
    return [str(users.get(native, {}).get("username", native)) for native in two.groups() if native != me]


def without_files(links: Iterable[str]) -> list[str]:
    """Return the links of a message that do not lead to its own files."""
    return [link for link in links if not _SHOWN_FILE.match(link)]


def name_files(media: list[Media], reading: Reading) -> list[Media]:
    """Name files of messages as the account's own archive does, and set their URLs.

    Only the people who wrote to each other may see them. The API gives them for the account's token, which is
    sent to no other host.
    """
    api = urlsplit(reading.exchange.url)
    for file in media:
        try:
            address = urlsplit(file.url or "")
        except ValueError:
            pointer = f"/includes/media/{file.identity}/url"
            raise unexpected_field(reading.exchange, pointer, "an address", file.url) from None
        found = _FILE.search(address.path)
        if found:
            file.identity = found[3]
        if found and address.netloc != api.netloc:
            path = "/".join(require_path_segment(step, reading.exchange) for step in found.groups())
            path = f"/2/dm_conversations/media/{path}"
            address = address._replace(scheme=api.scheme, netloc=api.netloc, path=path, query="")
            file.url = urlunsplit(address)
        file.with_token = file.url is not None and address.netloc == api.netloc
    return media


def list_in(url: str) -> tuple[str, str] | None:
    """Return the account and the list in an address; None: it is that of no list."""
    found = _LIST.search(urlsplit(url).path)
    return (found[1], found[2]) if found else None


def moderation_of(people: Mapping[str, Iterable[Mapping[str, Any]]], native: str, reading: Reading) -> Record:
    """Return the record of the people that an account blocks or mutes.

    people: name of each of LISTS -> the people in it.
    """
    lines = (
        blocklist.describe_person(LISTS[name], f"@{person['username']}", person.get("name"))
        for name, listed in people.items()
        for person in listed
    )
    return blocklist.make_blocklist(f"x:{native}", native, lines, reading)


# -- how they are read -------------------------------------------------------------------------------------


class PrivateLists:
    """The private messages, and the blocked and muted people, of one crawl.

    If the token has no permission for them, everything else is captured, and this is reported.

    has_reached_known: whether X gave messages that an earlier capture had read.
    """

    def __init__(self, crawl: Crawl[XCursor], api: Api) -> None:
        self.crawl, self.api = crawl, api
        self.has_reached_known = False

    def read_messages(self) -> Iterator[Exchange]:
        """Read private messages, newest first, back to the last capture."""
        crawl, todo = self.crawl, self.crawl.todo
        since = crawl.window.messages_since
        has_few = crawl.since is not None and since is not None and datetime.now(UTC) - since < FEW_WITHIN
        params: Params = {**MESSAGE_FIELDS, "max_results": FEW_PER_PAGE if has_few else PAGE}
        context = {name: value for name, value in crawl.context.items() if name != "paid"}
        if since:
            context = {**crawl.context, "paid": instant(since - LISTED_LATE)}
        pages = self.api.pages("/2/dm_events", params, context, start=todo.messages)
        try:
            for number, page in enumerate(pages, 1):
                place, missed = self.take_page(page, number)
                todo.messages, todo.written = place, place is None
                missed = f"{missed}; {MANUAL}" if missed else ""
                yield crawl.at_cursor(with_context(crawl.with_missing(page), messages_missed=missed))
                if place is None:
                    return
        except PlatformFailure as failure:  # a crawl that resumes here requests them again
            answer = refusal_in(failure)
            words = f"{error_of(answer)[1] or 'HTTP 403'}: required is {PERMISSION}"
            if not isinstance(failure, Blocked):
                why = describe_failure(answer)
                words = f"X fails to give them ({why}); each capture tries again"
            yield crawl.at_cursor(with_context(answer, messages_refused=words))

    def take_page(self, page: Exchange, number: int) -> tuple[str | None, str]:
        """Decide whether older messages are needed.

        A window of the last days needs those that no earlier capture read. A window that reaches them has
        missed nothing.

        number: that of the page, counted from 1 in this run.
        Returns the token of the next page (None: none is needed), and which messages no capture can read, in
        words ("": none).
        """
        window = self.crawl.window
        since = window.messages_since
        times = [time_of(event["id"]) for event in events_of(page)]
        self.has_reached_known |= since is not None and any(at < since - LISTED_LATE for at in times)
        if self.has_reached_known and self.crawl.since is not None:
            return None, ""
        if page.cursor and number >= MAX_REQUESTS and window.kind != "history":
            words = f"X gave its newest private messages in {number} requests, and has more"
            return None, "" if self.has_reached_known else words
        is_in_reach = since is not None and since >= datetime.now(UTC) - REACH
        if page.cursor or self.has_reached_known or is_in_reach:
            return page.cursor, ""
        if since is None:
            return None, "X gives only private messages of the last 30 days: earlier ones were not captured"
        words = (
            f"X gives only private messages of the last 30 days, and they were last read on {since:%Y-%m-%d}"
        )
        return None, words

    def read_people(self) -> Exchange:
        """Return the blocked and muted people as one exchange.

        If X refuses one of the lists, nothing is concluded, and this is reported. The same applies if one
        takes more than the 15 requests that X allows in 15 minutes: another attempt would end there again.
        """
        crawl = self.crawl
        found: dict[str, list[Exchange]] = {}
        try:
            for name in LISTS:
                path = f"/2/users/{crawl.me}/{name}"
                found[name] = list(self.api.pages(path, PEOPLE_FIELDS, crawl.context))
        except PlatformFailure as failure:
            answer = (failure.exchange if is_of_rate(failure) else None) or refusal_in(failure)
            words = (
                f"X does not give the lists of people whom the account blocks and mutes"
                f" ({describe_failure(answer)})"
            )
            crawl.todo.lacking.append(words)
            return crawl.at_cursor(crawl.with_missing(with_context(answer, not_given=True)))
        people = {
            name: [person for page in pages for person in people_of(page)] for name, pages in found.items()
        }
        return crawl.at_cursor(with_context(found["blocking"][0], people=people))
