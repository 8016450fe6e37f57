"""recordroom: a public-records archive of what a public agency says, and is told, on social media."""

__version__ = "0.1.0"
