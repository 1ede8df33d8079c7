"""The policy pack: what stops an insecure setting on every preview and `up`."""
