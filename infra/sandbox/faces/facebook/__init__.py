"""Facebook's Graph API for Pages.

face         routes, nodes by ID, and the token endpoint
nodes        all nodes that a token sees, composed of the modules below
lists        the edges of a Page and of a person
inbox        private messages, stories, and blocked accounts
posts        posts
media        photos, albums, videos, and events
feedback     comments and reactions
attachments  photos, videos, events, and links that posts and comments have attached
profiles     Pages and people, and their names in texts
access       IDs, permissions, visibility, and addresses

Imports point down this list only.
"""
