"""The live page: all of its requests, in the order of the table."""

from local.api.live_page import (
    overview,
    page_entry,
    page_queries,
    program,
    rule_counts,
    storage,
    stream,
    tables,
    triggers,
)

PARTS = (page_entry, overview, stream, rule_counts, triggers, storage, tables, program)
"""Each has declared what it answers as soon as it is there."""

family = page_queries.family
