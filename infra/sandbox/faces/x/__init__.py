"""X's API v2.

face      routes, request checks, responses, and files
tokens    access tokens and refresh tokens
query     request parameters in X's newer and older names, and search queries
entities  the JSON of posts, users, media, and polls, the text of posts, and the media files
access    IDs, visibility rules, and prices
errors    problems of a request, or of a part of it
"""
