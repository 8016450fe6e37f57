"""Scripts that make the descriptions in the folder above.

mastodon, vimeo, x    from an OpenAPI description: facts of the operations that the sandbox answers
wordpress             from the JSON Schemas that a real site returns to OPTIONS
openapi               what the first three have in common

Run one with `python -m infra.sandbox.validation.derive.mastodon mastodon-openapi.json`. The descriptions
keep types, required fields, enumerations, and formats; they leave out all sentences and examples.
"""
