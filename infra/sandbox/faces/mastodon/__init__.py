"""Mastodon's client API.

face           routes, tokens, scopes, and views
notifications  what others did with an account's statuses
paging         pages, Link headers, and the filters of an account's statuses
entities       visibility, and the JSON of accounts, statuses, and the instance
"""
