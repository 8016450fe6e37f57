"""Airflow's sign-in; AIRFLOW__FAB__CONFIG_FILE names this file.

With RECORDROOM_SIGN_IN_ISSUER, people sign in at the agency's own provider; without it, with Airflow's
passwords. docs/admin/single-sign-on.md explains both. Add other settings of FAB at the end of this file:
https://flask-appbuilder.readthedocs.io/en/latest/config.html.
"""

from recordroom.sign_in.configuration import flask_settings

globals().update(flask_settings())
