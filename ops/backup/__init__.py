"""Copies of what a stack keeps: KV, R2, D1, Durable Objects and the state, and their way back."""
