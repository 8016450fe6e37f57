"""TikTok for the holder of an account: the Accounts API and the Display API.

face      routes, request checks, pages, and files
tokens    errors, access tokens, and refresh tokens
entities  IDs, visibility, and the JSON of profiles, videos, and comments
"""
