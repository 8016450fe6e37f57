"""Retention: which schedule a record follows, and when its disposition may be considered.

Nothing here destroys anything.

models: schedules, the agency's reviews, and rules. policy_file: reads the agency's file and its schedules.
    checks: their problems. rules: what a schedule and a review amount to. holds: what a legal hold covers.
    hold_entries, decisions: the entries of holds and of decisions on series. statements: what people state,
    and for which records it counts. validity: whether a decision or a statement counts; protection: whether
    it protects a record less. ledger: the ledger `retention`, and the state that follows from its entries;
    watch: the state for a process. derivation: the fields of a record. clauses: which documents an entry
    concerns. status: the status on a day. explanation: a date in words. all_records: the fields of a whole
    archive. exclusions: why a record is in no proposal. basis, drafting: what a proposal has. proposals:
    their entries, and objections. proposal_list, row_file: lists as Parquet.
"""
