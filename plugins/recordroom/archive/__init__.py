"""The archive bucket and what is derived from it: store, ledger, evidence, media, records, state, gaps, audit, verify."""
