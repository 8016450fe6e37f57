"""The audit of what people did.

journal: writes the events of this machine. trail: reads those of all machines.
"""
