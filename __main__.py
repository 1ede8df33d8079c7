"""The program of every stack: `pulumi up` runs it, and `python -m ops up` runs the same `main`."""

from systems.platform import main

main()
