"""The scenes: one module answers one question; found by listing this folder (`wall/discovery.py`)."""
