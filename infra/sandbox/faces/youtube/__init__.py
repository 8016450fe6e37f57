"""YouTube's Data API v3.

face      routes, credentials, responses, tokens, and images
request   parameters, parts, filters, and page tokens
errors    the problems of the API, and of Google's front end
entities  visibility, and the JSON of channels, videos, comments, and captions
ids       IDs that lead back to the network's numbers
"""
