"""The secrets of accounts.

- airflow_secrets: Airflow's connections, and the Variables with renewed tokens
- tokens: the token of a running capture: renewal and warnings
- consent: a new token by the consent of an account's administrator
"""
