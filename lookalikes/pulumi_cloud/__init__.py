"""Pulumi Cloud, as far as the engine asks it to keep stacks and to run their updates."""
