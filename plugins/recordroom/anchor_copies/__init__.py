"""Send anchors to destinations outside the archive.

destinations: which ones are set. folder, bucket, and mail: one kind each. timestamp_authority: signs the hash
of each. delivery: sends each destination what it is missing. copy_warnings: what `status` reports.
"""
