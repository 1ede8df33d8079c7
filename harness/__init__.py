"""What drives the project from outside, as its users do: tests and benches stand on it."""
