"""Measures what the centre is fast at, beside a named other way, in one run: `make bench`."""
