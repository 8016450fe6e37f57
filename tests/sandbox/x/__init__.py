"""X in the sandbox: the result of each action of a story in its API."""
