"""The register of official accounts, infra/accounts.yaml.

models: the agency, its accounts, and the explanations of gaps. document: the entries of a register before it
    is checked. schema_errors, entry_rules: find problems. validation: returns the accounts with the problems
    of their entries.
"""
