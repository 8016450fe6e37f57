"""Captures: from an account to committed records.

A capture reads from top to bottom in run.py:

- session: what one capture opens and owns; info: what its manifests need; workspace: the buckets and the
  spool
- windows: which window is read, and when an account is due; throttles: which credential is throttled
- identity: who the account is
- reader: reads the window; reading_plan: which conversations are read; budget: what may be spent
- known_records: what the archive has; seen: what the platform showed
- absences: what is gone; lookups: asks for records by their ids
- completeness: the platform's counts; gap_rules: which gaps open and close
- final_manifest: what the last manifest says
- register_ledger: the register in force

Packages: segment/ (compare, keep, commit, recover), http/ (the client), credentials/ (secrets and tokens),
permalink/ (one conversation), file_import/ (files from elsewhere), derived/ (rows and snapshots made again).
"""
