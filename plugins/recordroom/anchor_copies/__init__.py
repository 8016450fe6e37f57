"""Send anchors to destinations outside the archive.

destinations: which ones are set. folder, bucket, and mail: one kind each. delivery: sends each destination
what it is missing, and keeps what it has. copy_warnings: what `status` reports.
"""
