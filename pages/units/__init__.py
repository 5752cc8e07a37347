"""Pages for units."""
