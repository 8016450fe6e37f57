"""The capture of one conversation by the address of a post.

- attribution: which account an address belongs to, and which post it is
- capture: the capture for the first account that has the conversation
- receipt: what the archive has of the conversation
- requests: requests of the records room and their results
"""
