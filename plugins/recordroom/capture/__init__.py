"""From an account to committed records: ask, compare with what is known, keep what is new, prove what is gone."""
