"""Work for many processes, on one machine or many: counting again, and rolling up the facts of many centres."""
