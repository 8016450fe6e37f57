"""An import and captures of the same account: nothing doubled, nothing hidden, and a valid archive."""
