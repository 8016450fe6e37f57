"""Anchors leave the archive: a folder, a second bucket, and a mail server receive each once, also after failures."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local.support.ports import free_base
from recordroom.anchor_copies import delivery
from recordroom.anchor_copies.destinations import make_destinations
from recordroom.archive import anchor
from recordroom.archive.ledger import key_of
from recordroom.archive.store import Store
from recordroom.canonical import sha256
from tests.anchor_copies.mail_server import PASSWORD, USER, load_tls, make_certificate
from tests.anchor_copies.outpost import Outpost
from tests.archive.test_verify import harm


def stored(archive: Store, *numbers: int) -> dict[str, bytes]:
    return {anchor.file_name(number): archive.get(key_of("anchor", number)) for number in numbers}


def test_each_destination_receives_each_anchor_once(outpost: Outpost) -> None:
    anchor.append(outpost.archive)
    assert outpost.sent() == [1, 1, 1, 1]
    assert outpost.sent() == [0, 0, 0, 0]
    anchor.append(outpost.archive)
    assert outpost.sent() == [1, 1, 1, 1]
    expected = stored(outpost.archive, 1, 2)
    assert outpost.in_folder() == outpost.in_bucket() == expected
    assert outpost.in_mail("audit@agency.test") == outpost.in_mail("counsel@agency.test") == expected
    assert len(outpost.mail.received) == 4
    text = outpost.mail.received[0].get_body()
    assert text
    assert sha256(expected["anchor-000000000001.json"]) in text.get_content()
    assert outpost.mail.received[0]["Subject"] == f"anchor-000000000001.json of {outpost.buckets.archive}"
    assert outpost.warnings() == []


def test_a_new_destination_begins_with_the_newest_anchor(outpost: Outpost) -> None:
    for _ in range(3):
        anchor.append(outpost.archive)
    assert outpost.sent() == [1, 1, 1, 1]
    assert (
        set(outpost.in_folder()) == set(outpost.in_mail("audit@agency.test")) == {"anchor-000000000003.json"}
    )


def test_what_fails_stops_nothing_else_and_is_caught_up(outpost: Outpost) -> None:
    """A folder that is a file, a bucket that does not exist, and a mailbox that is gone."""
    anchor.append(outpost.archive)
    assert outpost.sent() == [1, 1, 1, 1]
    folder = outpost.folder / "anchors"
    folder.rename(outpost.folder / "aside")
    folder.write_text("no folder")
    outpost.mail.refused.add("audit@agency.test")
    anchor.append(outpost.archive)
    anchor.append(outpost.archive)
    found = outpost.deliver()
    assert [one.sent for one in found.values()] == [0, 2, 0, 2]
    problems = [one.problem for one in found.values() if one.problem]
    assert len(problems) == 2
    assert "the folder cannot be read" in problems[0]
    assert "RECORDROOM_ANCHOR_DIR" in problems[0]
    assert "anchor-000000000002.json was not sent: SMTPRecipientsRefused" in problems[1]
    warnings = outpost.warnings()
    assert [problem for problem in problems if not any(problem in words for words in warnings)] == []
    assert len(warnings) == 2
    folder.unlink()
    (outpost.folder / "aside").rename(folder)
    outpost.mail.refused.clear()
    assert outpost.sent() == [2, 0, 2, 0]
    assert outpost.in_folder() == outpost.in_mail("audit@agency.test") == stored(outpost.archive, 1, 2, 3)
    assert outpost.warnings() == []


def test_a_bucket_that_cannot_be_reached_or_does_not_exist_is_named(outpost: Outpost) -> None:
    anchor.append(outpost.archive)
    for wrong in (
        {"anchor_bucket": "no-such-bucket"},
        {"anchor_s3_endpoint": f"http://127.0.0.1:{free_base()}"},
    ):
        folder, bucket, *people = outpost.deliver(**wrong).values()
        assert "RECORDROOM_ANCHOR_BUCKET" in bucket.problem
        assert "the bucket cannot be listed" in bucket.problem
        assert [one.problem for one in (folder, *people)] == ["", "", ""]


def test_without_a_readable_state_only_e_mail_forgets_what_was_sent(outpost: Outpost) -> None:
    anchor.append(outpost.archive)
    outpost.deliver()
    outpost.s3.client().put_object(Bucket=outpost.derived.bucket, Key=delivery.KEY, Body=b"garbage")
    anchor.append(outpost.archive)
    anchor.append(outpost.archive)
    assert outpost.sent() == [2, 2, 1, 1]
    assert set(outpost.in_mail("audit@agency.test")) == {
        "anchor-000000000001.json",
        "anchor-000000000003.json",
    }


def test_a_destination_that_lost_its_anchors_is_reported_once(outpost: Outpost) -> None:
    """Without its disk, the folder is another one, which is empty."""
    for _ in range(2):
        anchor.append(outpost.archive)
        outpost.deliver()
    folder = outpost.folder / "anchors"
    folder.rename(outpost.folder / "disk")
    found = outpost.deliver()
    assert [one.sent for one in found.values()] == [1, 0, 0, 0]
    [problem] = [one.problem for one in found.values() if one.problem]
    assert "it had anchors up to 2 and had none this time" in problem
    assert set(outpost.in_folder()) == {"anchor-000000000002.json"}
    [warning] = outpost.warnings()
    assert problem in warning
    anchor.append(outpost.archive)
    assert [one.problem for one in outpost.deliver().values()] == [""] * 4
    shutil.rmtree(folder)
    (outpost.folder / "disk").rename(folder)
    found = outpost.deliver()
    assert "up to 3 and had only up to anchor 2 this time" in next(iter(found.values())).problem
    assert outpost.in_folder() == stored(outpost.archive, 1, 2, 3)
    assert outpost.sent() == [0, 0, 0, 0]
    assert outpost.warnings() == []


def test_status_says_so_if_the_archive_lost_an_anchor_that_left(outpost: Outpost) -> None:
    for _ in range(2):
        anchor.append(outpost.archive)
        outpost.deliver()
    harm(outpost.archive, key_of("anchor", 2), None)
    [warning] = outpost.warnings()
    assert "Anchor 2 left the archive, and the archive does not have it" in warning


def test_a_destination_with_later_or_other_anchors_is_an_alarm(outpost: Outpost) -> None:
    """The archive was cut, or changed, or the destination is of another archive."""
    anchor.append(outpost.archive)
    outpost.deliver()
    later = outpost.folder / "anchors/anchor-000000000009.json"
    later.write_bytes(b"{}")
    [problem] = [one.problem for one in outpost.deliver().values() if one.problem]
    assert "it has anchor 9, but the last anchor of the archive is 1" in problem
    later.unlink()
    anchor.append(outpost.archive)
    other = outpost.folder / "anchors/anchor-000000000002.json.part"
    other.write_bytes(b"a write that was interrupted")
    outpost.deliver(anchor_email_to=None, anchor_bucket=None)
    assert outpost.in_folder()["anchor-000000000002.json"] == outpost.archive.get(key_of("anchor", 2))
    second = Store(outpost.s3.client(), f"{outpost.buckets.archive}-anchors", hold=False)
    anchor.append(outpost.archive)
    assert second.put_new("anchor-000000000002.json", b"another archive")
    [problem] = [one.problem for one in outpost.deliver().values() if one.problem]
    assert "it has another file anchor-000000000002.json" in problem
    assert "recordroom verify --anchor" in problem


def test_a_password_goes_over_tls_only_and_into_no_message(
    outpost: Outpost, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    certificate = make_certificate(tmp_path)
    anchor.append(outpost.archive)
    only = {"anchor_dir": None, "anchor_bucket": None, "anchor_email_to": "audit@agency.test"}
    secret: dict[str, Any] = {"smtp_user": USER, "smtp_password": PASSWORD}
    [plain] = outpost.deliver(**only, **secret).values()
    assert "the password would be sent without encryption" in plain.problem
    outpost.mail.tls = load_tls(certificate)
    [untrusted] = outpost.deliver(**only, **secret, smtp_security="starttls").values()
    assert "CERTIFICATE_VERIFY_FAILED" in untrusted.problem
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    wrong = secret | {"smtp_password": "another-password-of-somebody"}
    [refused] = outpost.deliver(**only, **wrong, smtp_security="starttls").values()
    assert "the mail server refused the user or the password (535)" in refused.problem
    assert outpost.mail.received == []
    assert [one.sent for one in outpost.deliver(**only, **secret, smtp_security="starttls").values()] == [1]
    assert outpost.mail.signed_in == 1
    words = json.dumps([plain.problem, untrusted.problem, refused.problem, *capfd.readouterr()])
    assert "another-password" not in words
    assert PASSWORD not in words + repr(make_destinations(outpost.archive, outpost.settings(**secret)))


def test_what_is_not_set_is_named(outpost: Outpost) -> None:
    anchor.append(outpost.archive)
    for name in ("smtp_host", "anchor_email_from"):
        found = outpost.deliver(**{name: None})
        variables = [one.problem for one in found.values() if one.problem]
        assert len(variables) == 2
        assert f"RECORDROOM_{name.upper()} is not set" in variables[0]


def test_an_address_that_no_message_can_have_stops_nothing_else(outpost: Outpost) -> None:
    anchor.append(outpost.archive)
    found = outpost.deliver(anchor_email_to="audit@agency\n.test, counsel@agency.test")
    assert [one.sent for one in found.values()] == [1, 1, 0, 1]
    [problem] = [one.problem for one in found.values() if one.problem]
    assert "anchor-000000000001.json was not sent: ValueError" in problem


def test_status_warns_of_anchors_that_did_not_leave(outpost: Outpost) -> None:
    none: dict[str, Any] = {"anchor_dir": None, "anchor_bucket": None, "anchor_email_to": " , "}
    assert outpost.warnings(**none) == [], "there is no anchor yet"
    anchor.append(outpost.archive)
    assert ["no destination outside it is set" in words for words in outpost.warnings(**none)] == [True]
    assert ["No anchor has left the archive yet" in words for words in outpost.warnings()] == [True]
    outpost.deliver()
    assert outpost.warnings(timedelta(hours=25)) == []
    [old] = outpost.warnings(timedelta(hours=27))
    assert "The newest anchor outside the archive is of" in old
    anchor.append(outpost.archive)
    assert len(outpost.warnings(timedelta(hours=27))) == 1, "a newer anchor that is only in the archive"
