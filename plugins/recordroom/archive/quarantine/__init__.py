"""Records and files under quarantine, which only people with the right to see them are shown.

ledger: puts them under quarantine and releases them. watch: keeps the quarantine in force for each process
that shows records. history: every period of quarantine, also those that ended.
"""
