"""The quarantine: what is or was hidden from all but those with the right, when, by whom and why; hiding something, showing it again."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from recordroom.airflow_setup import Right
from recordroom.archive import quarantine
from recordroom.archive.quarantine import FILE, LONGEST, RECORD, Thing
from recordroom.archive.stays import Stay
from recordroom.errors import UsageError
from recordroom.search import barring
from recordroom.search.results import Searcher
from recordroom.search.showing import documents_of
from recordroom.web import desk, forms, rendering
from recordroom.web.access import Person, needs

PUT, LIFT = "put", "lift"  # what a form asks for
SIZE = 50  # of what was lifted, on a page
router = APIRouter()
Officer = Annotated[Person, Depends(needs(Right.QUARANTINE))]


@dataclass(frozen=True, slots=True)
class _Sent:
    """`record`: the page that it was sent from, "" the page of all. `files`: by SHA-256. `itself`: the record is meant too."""

    act: str
    record: str
    itself: bool
    files: tuple[str, ...]
    reason: str

    @property
    def things(self) -> list[Thing]:
        """What is meant, the files before the record."""
        return [*(Thing(FILE, name) for name in self.files), *([Thing(RECORD, self.record)] if self.itself else [])]


@router.get("/quarantine")
def listed(request: Request, person: Officer, before: int = 0) -> Response:
    """What is there now, all of it; what was there once by pages. `before`: the number of the entry that ended the page before."""
    searcher, hidden = desk.searcher(), desk.hidden_from(person)
    found, problem = barring.seen(searcher, hidden), searcher.quarantine.problem
    over = _over(searcher, hidden, before) if not problem else []
    more = over[SIZE - 1].lifted.number if len(over) > SIZE else 0
    there_once = {"over": over[:SIZE], "before": before, "more": more}
    return rendering.page(request, "quarantine", person, found=found, problem=problem, longest=LONGEST, there_once=there_once)


def _over(searcher: Searcher, hidden: tuple[str, ...], before: int) -> list[Stay]:
    """One more than a page has, where there is one."""
    return list(islice((stay for stay in barring.over(searcher, hidden) if not before or stay.lifted.number < before), SIZE + 1))


@router.post("/quarantine")
async def act(request: Request, person: Officer) -> Response:
    given = await forms.read(request, LONGEST)
    texts = {name: value for name, value in given.items() if isinstance(value, str)}
    files = tuple(dict.fromkeys(value for value in given.getlist("file") if isinstance(value, str)))
    sent = _Sent(texts.get("act", ""), texts.get("record", ""), "itself" in texts, files, texts.get("reason", ""))
    await run_in_threadpool(_put if sent.act == PUT else _lift, person, sent)
    place = f"record?{urlencode({'id': sent.record})}" if sent.record else "quarantine"
    return RedirectResponse(f"{request.scope.get('root_path', '')}/{place}", 303)


def _put(person: Person, sent: _Sent) -> None:
    """Files are named by a record that this person may see, never by a hash alone."""
    hidden = desk.hidden_from(person)
    seen = [document for document in documents_of(desk.searcher(), sent.record) if document["account"] not in hidden]
    own = {one.get("sha256") for document in seen for one in document.get("media", ())}
    if not sent.itself and not sent.files:
        raise UsageError("nothing was chosen", "Choose the record, or files of it.")
    if not own.issuperset(sent.files):
        raise UsageError("the record has no such file", "Open its page again.")
    barring.check(desk.searcher(), quarantine.PUT, sent.things, sent.reason, hidden)
    for thing in sent.things:
        barring.put(desk.searcher(), thing, sent.reason, person.name, hidden)


def _lift(person: Person, sent: _Sent) -> None:
    hidden = desk.hidden_from(person)
    barring.check(desk.searcher(), quarantine.LIFTED, sent.things, sent.reason, hidden)
    for thing in sent.things:
        barring.lift(desk.searcher(), thing, sent.reason, person.name, hidden)
