"""Files that can be imported: downloads from platforms, and tables.

contract: what a form of file is. registry: finds the forms in downloads/ and tables/, and reads pieces of
files. files: reads a file, a folder, or an archive. split, record_fields, leftover_files, ownership: what
several forms share.
"""
