"""Faults of a platform or a network: each is a named failure or a gap.

No record is claimed to be removed, nothing that was read before is lost, and the next capture continues.
"""
