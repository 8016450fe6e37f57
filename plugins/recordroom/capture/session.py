"""One running capture of an account.

Everything that it opens, and what it came to.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from recordroom.archive.entry_cache import EntryCache
from recordroom.archive.gaps import AccountGaps
from recordroom.archive.ledger import actor
from recordroom.archive.state.account_state import AccountState
from recordroom.capture.budget import CaptureBudget, open_spend_counter
from recordroom.capture.credentials.tokens import TokenManager
from recordroom.capture.http.addresses import private_servers
from recordroom.capture.http.client import HttpClient
from recordroom.capture.http.downloads import MediaFetcher
from recordroom.capture.identity import verify_identity
from recordroom.capture.info import CaptureInfo, CaptureProgress, new_capture_id
from recordroom.capture.known_records import KnownRecords
from recordroom.capture.reading_plan import ReadingPlan
from recordroom.capture.seen import SeenRecords
from recordroom.capture.segment.parsing import parser_of_platform
from recordroom.capture.segment.recovery import Recovery
from recordroom.capture.segment.spool import AccountSpool, find_entries_file, hold_folder, is_unchecked
from recordroom.capture.segment.waiting_rows import report_waiting_rows, write_missing_rows
from recordroom.capture.segment.writer import SegmentWriter, describe_unchecked
from recordroom.capture.windows import (
    WindowKind,
    choose_window,
    describe_window,
    last_full_read,
    resume_window,
)
from recordroom.capture.workspace import Workspace
from recordroom.model import MESSAGE, Identity, instant, moment
from recordroom.platforms.contract import Connector, Platform, Window
from recordroom.platforms.registry import load
from recordroom.register.models import Account, Register
from recordroom.stored_texts import text

OnProgress = Callable[[int], None]


@dataclass(slots=True)
class Outcome:
    """The result of a capture, in numbers and ids: never the text of a record."""

    account: str
    capture_id: str
    window: str  # its kind
    seen: int = 0
    new: int = 0
    changed: int = 0
    absent: int = 0
    requests: int = 0
    gaps: list[str] = field(default_factory=list)  # ids of the gaps that it opened
    open_gaps: list[str] | None = None  # texts of all open gaps of the account; None: they were not read
    not_before: datetime | None = None  # until when the platform wants no requests
    failure: str | None = None  # None: complete, or throttled
    failure_words: str = ""  # the part of `failure` that everybody may read: no hosts, keys, or folders
    unfinished: bool = False  # a first capture goes on
    back_to: str | None = None  # publication of the oldest archived post, while a first capture goes on
    warnings: list[str] = field(default_factory=list)
    lacking: str = ""  # what the platform counts and the archive does not have
    restarted: str = ""  # why a first capture began again
    token: str = ""  # that the token expires soon, and who must act
    leftover: dict[str, int] = field(default_factory=dict)  # unrecognized field -> how often


@dataclass(slots=True)
class CaptureSession:
    """Owns what one capture works with.

    `open_session` makes it, and leaving it as a context manager closes it.
    """

    workspace: Workspace
    register: Register
    account: Account  # as the register names it; with its identity once the platform has said who it is
    connector: Connector
    started: datetime
    info: CaptureInfo  # what every manifest needs
    state: AccountState  # the fold of the account's ledger
    known: KnownRecords  # what the archive has of the account
    gaps: AccountGaps
    budget: CaptureBudget
    client: HttpClient
    tokens: TokenManager
    spool: AccountSpool
    folder: Path  # this capture's own, in the spool
    window: Window  # what the connector is asked for
    is_planned: bool  # False: a person, or a first capture, wants all of the window
    plan: ReadingPlan  # which conversations are read
    seen: SeenRecords  # the records that the platform showed
    fetch_media: MediaFetcher
    writer: SegmentWriter  # compares, keeps, and commits
    outcome: Outcome
    on_progress: OnProgress | None = None  # called after each response with the number of records seen so far

    def __enter__(self) -> CaptureSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.seen.close()
        self.plan.close()

    @property
    def progress(self) -> CaptureProgress:
        """The progress that manifests and the outcome report."""
        return self.info.progress

    @property
    def platform(self) -> Platform:
        """The account's platform."""
        return self.connector.PLATFORM

    @contextmanager
    def spooled(self) -> Iterator[None]:
        """Hold the capture's spool folder, and remove it at the end.

        It stays if something of it has to. If the process ends before, the folder stays, and the next capture
        commits what it holds.
        """
        with hold_folder(
            self.folder,
            {
                "capture_id": self.info.capture_id,
                "window": self.info.window,
                "started": instant(self.started),
            },
        ):
            yield
            if not is_unchecked(self.folder):
                shutil.rmtree(self.folder)

    def authorize(self) -> None:
        """Let the client use the account's secrets, and count spending."""
        try:
            self.client.meter.use_counter(
                open_spend_counter(self.workspace, self.register.accounts, self.account, self.budget.month)
            )
            self.tokens.open()
        finally:
            self._refuse_secrets()

    def keep_authorized(self) -> None:
        """Renew the token if it expires soon.

        Called between requests, since a long capture may outlast it.
        """
        self.tokens.renew_in_time()
        self._refuse_secrets()

    def _refuse_secrets(self) -> None:
        """Let the last check before each put know every secret that was used."""
        self.workspace.archive.secrets = self.workspace.derived.secrets = self.client.scrubber.forms

    def identify(self) -> Identity:
        """Ask the platform who the account is: the one that was pinned.

        The native id and server are the pinned ones: they are part of each record's id. Raises unless the
        account can be read and is the pinned one.
        """
        self.keep_authorized()
        identity = verify_identity(self.account, self.state, self.connector, self.client)
        names = {
            "native_id": identity.native_id,
            "server": identity.server,
            "title": identity.title,
            "handle": identity.handle,
        }
        self.progress.identity = {name: value for name, value in names.items() if value is not None}
        pinned = self.state.sums.identity or self.progress.identity
        return replace(identity, native_id=pinned["native_id"], server=pinned["server"])

    def write_missing_rows(self) -> None:
        """Write the Parquet rows that earlier captures left out."""
        self.progress.warn_once(write_missing_rows(self.info, self.known, self.gaps))

    def recover(self) -> None:
        """Commit what interrupted captures left; open gaps for the unreadable."""
        imported = max((one["time"] for one in self.state.sums.imports.values()), default="")
        is_sweep = self.window.kind == WindowKind.FULL
        imported_since = imported >= (self.state.sums.last_start or "")
        if is_sweep or imported_since or any(folder != self.folder for folder in self.spool.find_left()):
            self.gaps.reload()  # an interrupted capture may have opened one, and an import closed one
        self.write_missing_rows()
        found = Recovery(self.info, self.known, self.fetch_media, self.spool, self.folder).run()
        self.progress.warn_once(report_waiting_rows(self.info, self.gaps))
        self.progress.new += found.new
        self.progress.changed += found.changed
        for key in found.torn:
            self.gaps.extend("torn-evidence", text("torn", key=key))
        for capture_id in found.unread:
            self.gaps.extend("torn-evidence", text("unreadable", capture=capture_id))
        for capture_id in found.unchecked:
            self.gaps.extend("torn-evidence", describe_unchecked(capture_id))

    def last_read(self, what: str) -> datetime | None:
        """Return when "recent" or "whole" was last read completely.

        Something may be missing from then on.

        None: unknown, since a clock that was ahead wrote the time.
        """
        last = self.state.sums.read.get(what)
        read = moment(last) if last else self.started
        return read if read <= self.started else None

    def close_outcome(self) -> Outcome:
        """Complete the outcome with the counts of what was done."""
        progress, outcome = self.progress, self.outcome
        outcome.requests, outcome.seen = self.client.requests, len(self.seen)
        outcome.new, outcome.changed, outcome.absent = progress.new, progress.changed, progress.absent
        outcome.leftover = progress.leftover
        outcome.gaps = self.gaps.opened
        outcome.warnings = progress.warnings
        if outcome.unfinished:
            outcome.back_to = next((held.window_at for held in self.state.window(None)), None)
        return outcome


def open_session(
    workspace: Workspace,
    register: Register,
    account: Account,
    spool: AccountSpool,
    *,
    kind: str | None = None,
    since: datetime | None = None,
    url: str | None = None,
    on_progress: OnProgress | None = None,
) -> CaptureSession:
    """Choose the window, and open what a capture works with.

    That reads the account's state and gaps.
    kind, since, url: as `choose_window` takes them.
    """
    connector = load(account.platform)
    cache = EntryCache(find_entries_file(workspace.settings.spool, account, workspace.archive.bucket))
    state = AccountState(workspace.archive, workspace.derived, account, writes=True, cache=cache)
    started, sums = datetime.now(UTC), state.sums
    budget = CaptureBudget(account, register.accounts, state, started)
    window, restarted = resume_window(choose_window(sums, kind, since, started, url), connector)
    is_planned = (
        window.kind != WindowKind.HISTORY
        and kind in (None, "recent", "sweep")
        and since is None
        and url is None
    )
    known = KnownRecords(state, window.since)
    swept = last_full_read(sums, started) if is_planned and window.kind == WindowKind.FULL else None
    plan = ReadingPlan(known, budget, started, everything=not is_planned, swept=swept)
    info = CaptureInfo(
        archive=workspace.archive,
        derived=workspace.derived,
        account=account,
        agency=register.agency.id,
        parser=parser_of_platform(account.platform),
        capture_id=new_capture_id(started),
        window=describe_window(window),
        started=started,
        who=actor(),
        progress=CaptureProgress(warnings=[*register.warnings(account.id), *filter(None, [restarted])]),
    )
    gaps = AccountGaps(workspace.archive, workspace.derived, account.id, sums.gap_ids)
    client = HttpClient(
        contact=register.agency.contact,
        limit=workspace.settings.response_limit,
        private=private_servers(account),
        transport=workspace.transport,
        meter=budget.meter,
    )
    fetch_media = MediaFetcher(client, workspace.settings.media_limit, budget if is_planned else None)
    folder = spool.folder / info.capture_id
    session = CaptureSession(
        workspace=workspace,
        register=register,
        account=account,
        connector=connector,
        started=started,
        info=info,
        state=state,
        known=known,
        gaps=gaps,
        budget=budget,
        client=client,
        tokens=TokenManager(account, connector, client, workspace.settings.spool / "tokens"),
        spool=spool,
        folder=folder,
        window=window,
        is_planned=is_planned,
        plan=plan,
        seen=SeenRecords(connector.PLATFORM.counted_statuses, connector.PLATFORM.counted_visibilities),
        fetch_media=fetch_media,
        writer=SegmentWriter(info, known, fetch_media, client=client, gaps=gaps, folder=folder),
        outcome=Outcome(account.id, info.capture_id, window.kind, restarted=restarted),
        on_progress=on_progress,
    )
    session.writer.cursor = window.cursor
    session.window = _complete_window(session)
    return session


def _complete_window(session: CaptureSession) -> Window:
    """Return the window with what a connector may ask of the archive while it reads."""
    sums, window = session.state.sums, session.window
    window = replace(
        window,
        has_archived_records=sums.present("post") + sums.present("comment") > 0,
        is_archived=session.known.has,
        failing_before=0
        if window.kind == WindowKind.HISTORY
        else max(sums.unread.values(), default=0),  # a first capture asks for none again
        confirm_account=session.identify,
        archived_files=session.writer.files_of,
        plan=session.plan,
    )
    if not session.account.reads_messages or window.kind == WindowKind.ONE:
        return window
    last = sums.read.get("messages")
    return replace(
        window,
        reads_messages=True,
        messages_since=min(moment(last), session.started)
        if last
        else None,  # a clock that was ahead may have written a later time
        has_archived_messages=sums.present(MESSAGE) > 0,
    )
