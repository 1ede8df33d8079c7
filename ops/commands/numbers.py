"""The most that numbers on the command line may be; each one has a least and a most.

A number without a most may be infinite, or none at all (`nan`), and is waited for without an end.
"""

MOST_DAYS = 3650
"""Days ahead or back: ten years."""

MOST_A_MINUTE = 1_000_000
"""Requests; a system may allow less."""

MOST_RELEASES = 1_000_000
"""The highest number of a release: one a minute for two years."""
