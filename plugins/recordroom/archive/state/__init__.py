"""The state of an account: the fold over its manifests.

record_state: what is archived of one record. account_state: the fold itself. snapshot: a stored fold, from
which the next one starts.
"""
