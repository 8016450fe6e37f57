"""The records room: pages for records officers, lawyers, communications, operations and auditors, inside
Airflow's UI.
"""
