"""The Threads API.

face   routes, files, and the login
nodes  IDs, visibility, and profiles, posts, replies, and insights
"""
