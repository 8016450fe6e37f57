"""Connectors: how each platform's API is read, one package a platform.

contract     what a connector provides (`Connector`, `Platform`), and what it is given (`Window`, `Client`)
registry     the connectors of this installation, found by their packages
<platform>/  a connector: `platform` (its data), `api` (requests), `crawl` (what is read), `parse` (records)

A connector is built from these:

http         an API client that names failures, and waits for a throttle
paging       pages joined by a link, a cursor, or an address
crawl        the engine that reads lists of posts and the comments on each post
cursor       what a crawl has still to read, stored as JSON
unread       conversations that the platform does not give
lookups      records requested by their IDs; whether a token belongs to the account
schema       the declared fields of an item
context      the keys of `Exchange.context`
html_text    text, links, and images from HTML
permalinks   the forms of post addresses
blocklist    blocked people and filtered words as a record
oauth        tokens from a person's consent, and their renewal
features     the rows of the table of platforms
meta/        what Facebook, Instagram, and Threads share
"""
