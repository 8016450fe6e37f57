"""Derived data, made again from the archive.

- rebuild: rows and snapshots
- reparse: responses that could not be parsed when they were received
- verification: `verify --full`; snapshot_check: its comparison of snapshots
"""
