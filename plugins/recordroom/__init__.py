"""recordroom: a public-records archive of social media for public agencies."""

__version__ = "0.1.0"
