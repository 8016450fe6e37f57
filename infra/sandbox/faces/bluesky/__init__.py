"""Bluesky over XRPC: the AppView, a PDS, and private messages.

face           routes, XRPC parameters and responses, and views
sessions       sign-in with an app password, and the tokens of a session
notifications  what others did with an account's posts
conversations  private messages
views          records, visibility, and the JSON of profiles, posts, threads, and feeds
"""
