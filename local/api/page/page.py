"""The live page: all of its requests, in the order of the table."""

from local.api.page import (
    entering,
    fired,
    looks,
    overview,
    program,
    storage,
    stream,
    tables,
    triggers,
)

PARTS = (entering, overview, stream, fired, triggers, storage, tables, program)
"""Each has declared what it answers as soon as it is there."""

family = looks.family
