"""Facebook's Graph API for Pages.

face    routes, nodes by ID, and the token endpoint
lists   the edges of a Page and of a person
inbox   private messages, stories, and blocked accounts
nodes   profiles, posts, and comments
media   photos, albums, videos, events, and attachments
access  IDs, permissions, and visibility
"""
