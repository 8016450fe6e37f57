"""Parts of a capture that are committed together.

- writer: one segment after the other
- segment: the segment in the making: compare, keep, fetch media
- comparison: what a response changes, a pure function
- parsing: kept responses parsed by the parser in use
- rows: the Parquet rows of a commit
- spool: the local disk, where responses are kept until the archive has them
- commit: the order of writes
- recovery: what interrupted captures left
- waiting_rows: Parquet rows that were not written yet
"""
