"""Vimeo's API 3.4.

face      routes, request checks, pages, tokens, and files
entities  IDs, visibility, and the JSON of users, videos, showcases, text tracks, and comments
"""
