"""Retention: which schedule a record follows, and when its disposition may be considered.

Nothing here destroys anything.

models: schedules, the agency's reviews, and rules. policy_file: reads the agency's file and its schedules.
    checks: their problems. rules: what a schedule and a review amount to. ledger: the entries of the ledger
    `retention`, and the state that follows from them. derivation: the fields of a record.
"""
