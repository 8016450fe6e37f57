"""What Facebook, Instagram, and Threads share: Meta's Graph API.

graph       requests, pages, and items by their IDs
errors      the failures that Meta's error codes mean
tokens      tokens: their exchange, renewal, and inspection
list_crawl  the crawl of lists of posts and the comments on them, for Instagram and Threads
posts       the fields that posts and comments of Instagram and Threads share
inbox       private messages: which are requested
messages    private messages: what is read from them
"""
