"""Cloudflare's API v4, asked by every command in one way: its client, and what it answers."""
