"""LinkedIn's face: what a verb of the story looks like through its API."""
