"""The records room: pages inside Airflow's UI.

Records officers, attorneys, communications staff, operators, and auditors use it.

app: the FastAPI application; routes: the pages, one module for each address. auth: people and their rights.
    deps: the searcher, the register, and the viewer that pages need. params: addresses of searches and
    records. forms, sent_forms: fields that pages send. templating, responses: what the server returns.
    hold_views, decision_views, statement_views: holds, decisions, and statements as a person may see them.
    approval_views: what waits for a second person. chosen_records: the records that a form is about.
    retention_pages: the navigation below Retention. help_site: the built documents.
    audit_wording, diff, timeline: what pages say about events and versions.
    airflow_runs, airflow_guard: Airflow's scheduler, and the headers of its server.
"""
