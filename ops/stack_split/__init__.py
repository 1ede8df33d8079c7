"""A system moved from one stack to a stack of its own: its file, its secrets, its state."""
