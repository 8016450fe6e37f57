"""The rights that people can have in the records room, and the roles with them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Right(StrEnum):
    """One permission in the records room.

    The value is the name of a resource in Airflow's list of permissions, always with the action can_read. It
    is stored in Airflow's database and never changes.
    """

    ENTER = "Records"
    READ = "Records: search and read"
    RESTRICTED = "Records: confidential accounts"
    PROVE = "Records: verify a record"
    COVERAGE = "Records: coverage"
    AUDIT = "Records: audit"
    TERMS = "Records: term report"
    CAPTURE = "Records: capture now"
    QUARANTINE = "Records: quarantine"
    EXPORT = "Records: export"
    EXPORTS_OF_OTHERS = "Records: exports of others"
    EVIDENCE = "Records: whole evidence"
    MATTERS = "Records: matters of counsel"
    RETENTION = "Records: retention"
    HOLD = "Records: place holds"
    RELEASE = "Records: release holds"
    CLASSIFY = "Records: decide on retention"
    PROPOSE = "Records: propose disposition"


ROLES: Mapping[str, tuple[Right, ...]] = {
    "RecordsOfficer": tuple(right for right in Right if right is not Right.MATTERS),
    "Legal": (
        Right.ENTER,
        Right.READ,
        Right.RESTRICTED,
        Right.PROVE,
        Right.COVERAGE,
        Right.TERMS,
        Right.EXPORT,
        Right.MATTERS,
        Right.RETENTION,
        Right.HOLD,
        Right.RELEASE,
        Right.CLASSIFY,
        Right.PROPOSE,
    ),
    "Communications": (
        Right.ENTER,
        Right.READ,
        Right.PROVE,
        Right.COVERAGE,
        Right.CAPTURE,
        Right.RETENTION,
    ),
    "Ops": (Right.ENTER, Right.COVERAGE),
    "Auditor": (Right.ENTER, Right.PROVE, Right.COVERAGE, Right.AUDIT, Right.RETENTION),
}
