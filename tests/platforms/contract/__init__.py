"""Tests of what every connector promises, run on each platform that can have the case.

The platform is the sandbox, whose responses are validated against the platform's published description. Facts
that differ by platform are in `profile.py`; a case that does not apply to a platform is not collected.
"""
