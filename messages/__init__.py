"""Messages to people: rules find what holds for a recipient's units, a ledger keeps what is sent, apprise delivers."""
