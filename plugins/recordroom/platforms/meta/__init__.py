"""What Facebook, Instagram, and Threads share: Meta's Graph API.

graph       requests, pages, and items by their IDs
errors      the failures that Meta's error codes mean
tokens      tokens: their exchange, renewal, and inspection
list_crawl  lists of posts and the comments on them, for Instagram and Threads
inbox       private messages: which are requested
messages    private messages: what is read from them
"""
