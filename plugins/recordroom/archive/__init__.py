"""The archive bucket and what is derived from it.

store speaks S3, and conformance checks that a server does what store relies on; disk writes to the local
disk; read_ahead fetches the next items of a long list. secret_scan refuses bytes that contain a secret.

ledger: append-only chains of entries. evidence: responses in WARC. media: files. gaps: what is known to be
    missing. anchor: roots over all chains. timestamp: signatures of another party over anchors. verify
    checks all of these, with anchor_checks and timestamp_checks; anchor_proof says what an anchor proves.

records and compaction: rows in Parquet, in the derived bucket. state/: the state of an account. quarantine/:
    what only some people may see. audit/: what people did.
"""
