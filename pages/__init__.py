"""The pages, grouped by who looks at them. `_contract.py` says what a page must hold."""
