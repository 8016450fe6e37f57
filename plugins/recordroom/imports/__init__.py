"""Files that can be imported: downloads from platforms, and tables.

contract: the functions and types of an importer. registry: finds the importers in downloads/ and tables/, and
    reads pieces of files. files: reads a file, a folder, or an archive. split: cuts large files into pieces.
    record_fields: checks named values and makes records of them. leftover_files: reports the parts of a
    download that no importer reads.
ownership: checks whose file it is.
"""
