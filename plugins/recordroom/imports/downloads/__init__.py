"""The archives that people download from platforms, one module for each platform.

meta is shared by Facebook, Instagram, and Threads.
"""
