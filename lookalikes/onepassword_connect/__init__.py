"""A look-alike of a 1Password Connect server, version 1 of its API."""
