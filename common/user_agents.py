"""By what the platform's own requests are known."""

PROBE = "chittyos-verify"
"""`User-Agent` of requests that only look whether something answers."""

DEVELOPMENT = "chittyos-dev"
"""`User-Agent` of what `make dev` uploads."""

LOAD_TEST = "chittyos-load"
"""`User-Agent` of load tests."""
