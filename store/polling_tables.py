"""How each source is polled just now: its breaker, its retries, how far behind it is."""
