"""Checks time stamps of anchors (RFC 3161). It imports nothing of recordroom.

python timestamps.py CA.pem FILE ...

CA.pem: the root certificate of the authority, from a source that you trust. FILE is one of two:

- anchor-<number>.tsr, with anchor-<number>.json in the same folder;
- ledger/timestamp/<number>.json in a copy of the bucket, which has the folder ledger/anchor too.

It prints one line for each file: when the anchor existed, or the problem. It exits with 1 if there is any
problem. A right stamp says nothing about the archive: compare the anchor with the archive, as section 10.6
of the archive format says.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from datetime import datetime
from pathlib import Path

from cryptography import x509
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response


def check_stamp(response: bytes, anchor: bytes, roots: list[x509.Certificate]) -> datetime:
    """Return the time that was signed; ValueError or VerificationError if the stamp is not of this anchor."""
    builder = VerifierBuilder()
    for root in roots:
        builder = builder.add_root_certificate(root)
    found = decode_timestamp_response(response)
    builder.build().verify_message(found, anchor)  # status, signature, certificate, and hash
    return found.tst_info.gen_time


def check_file(file: Path, roots: list[x509.Certificate]) -> datetime:
    if file.suffix == ".tsr":
        return check_stamp(file.read_bytes(), file.with_suffix(".json").read_bytes(), roots)
    body = json.loads(file.read_bytes())["body"]
    anchor = (file.parent.parent / "anchor" / f"{body['anchor']:012d}.json").read_bytes()
    time = check_stamp(base64.b64decode(body["response"], validate=True), anchor, roots)
    if body["sha256"] != hashlib.sha256(anchor).hexdigest():
        raise ValueError("the entry has another hash than its anchor")
    if datetime.fromisoformat(body["time"]) != time:
        raise ValueError("the entry has another time than its stamp")
    return time


def main(ca: str, *files: str) -> int:
    roots, wrong = x509.load_pem_x509_certificates(Path(ca).read_bytes()), 0
    for file in files:
        try:
            print(f"{file}: its anchor existed on {check_file(Path(file), roots):%Y-%m-%d at %H:%M:%S} UTC")
        except (OSError, KeyError, TypeError, ValueError, VerificationError) as problem:
            print(f"{file}: {type(problem).__name__}: {problem}")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
