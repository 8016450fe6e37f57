"""LinkedIn's Community Management API for organization pages.

face      routes, Rest.li requests and responses, and views
tokens    access tokens, refresh tokens, and introspection
entities  the JSON of organizations, posts, comments, reactions, notifications, and events
assets    images, videos, and documents, and their files
access    URNs, roles, visibility, and the markup of texts
errors    the errors of LinkedIn's gateway and of its resources
"""
