"""The state of an account: the fold over the manifests in its capture ledger.

account_state: the state, for captures. summary_fold: the account's summary alone, for lists of accounts.
record_fold: the states of records. account_summary, record_state: the values that are folded.
snapshot: a stored state, from which the next fold starts. object_reader: a file of it in the bucket.
scratch_states: states on this machine's disk, for a fold that only reads.
"""
