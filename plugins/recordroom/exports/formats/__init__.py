"""The files of an export, one module for each format.

registry has the formats by name.
csv_file, xlsx_file, jsonl_file, pdf/: the records.
media: copies of their media files.
columns, cells, spreadsheet: what CSV and XLSX share.
csv_pieces: a table of texts as CSV.
audit_csv, proposal_csv, term_report: the audit, the list of a proposal, and a term report as files.
"""
