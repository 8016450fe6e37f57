"""The Graph API that Facebook, Instagram, and Threads share.

face      routes, tokens, nodes and edges, usage, and the logins
graph     the grammar of `fields`, and how nodes and edges become JSON
media     signed addresses and files of the content network
messages  the nodes of private messages
errors    errors by their numbers
"""
