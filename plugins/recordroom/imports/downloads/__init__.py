"""The downloads that platforms give to their users, one module for each platform.

meta is shared by Facebook, Instagram, and Threads.
"""
