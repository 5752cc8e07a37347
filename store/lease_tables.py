"""Who polls: the poller that works, and until when nobody else may."""
