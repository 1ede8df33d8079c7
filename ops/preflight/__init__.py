"""What an `up` of a stack would stop at, looked for before anything is sent."""
