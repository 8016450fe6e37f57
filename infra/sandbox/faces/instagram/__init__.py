"""Instagram's API for professional accounts.

face   routes, and the two logins
nodes  IDs, visibility, and the account, its media, comments, and private messages
"""
