"""What was deployed when, the gate of a rollout, and the way back to a release."""
