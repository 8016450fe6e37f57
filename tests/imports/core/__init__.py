"""An import, beside captures of the same account: nothing doubled, nothing hidden, and the archive stays as
specified.
"""
