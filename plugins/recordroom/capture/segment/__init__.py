"""Parts of a capture that are committed together.

- segment: the segment in the making: compare, keep, fetch media
- comparison: what a response changes, a pure function
- parsing: kept responses read by the parser in use
- rows: the Parquet rows of a commit
- spool: the local disk, where responses are kept until the archive has them
- commit: the order of writes
- recovery: what interrupted captures left
"""
