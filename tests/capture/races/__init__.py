"""Concurrent work, lost responses, failing stores and disks, and wrong clocks.

Nothing is lost, no record appears twice, and the archive equals that of an undisturbed story.
"""
