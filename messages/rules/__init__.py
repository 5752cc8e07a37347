"""The rules: one module finds one kind of thing that somebody should know; found by listing this folder."""
