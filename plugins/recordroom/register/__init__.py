"""The register of official accounts, infra/accounts.yaml.

models: the agency, its accounts, and the explanations of gaps. yaml_file: reads YAML with the line of each
entry. validation: checks the file and returns the accounts with the problems of their entries.
"""
