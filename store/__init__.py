"""Facts, dimensions and daily measures in SQLite or PostgreSQL; every write is one transaction."""
